-- What is said to those who write to a source whose base is not as it should
-- be, and once a statement.
CREATE ROLE mark_owner;
CREATE SCHEMA crm;
CREATE TABLE orders (customer_id int);
CREATE TRIGGER scoring_3_crm AFTER INSERT OR UPDATE OR DELETE ON orders
    FOR EACH ROW EXECUTE FUNCTION _scoring.mark('crm', '3');
INSERT INTO orders VALUES (1), (2), (3);

CREATE TABLE crm.base ();
INSERT INTO orders VALUES (1), (2), (3);
CREATE TABLE crm.watches (watch int PRIMARY KEY, source int, relation text, seen regclass, keys text[], tracked bool);
INSERT INTO orders VALUES (4);
INSERT INTO crm.watches VALUES (3, 1, 'orders', 'crm.base', '{customer_id}', true);
DELETE FROM orders WHERE customer_id = 4;
UPDATE crm.watches SET seen = 'orders';
INSERT INTO orders VALUES (4);

CREATE VIEW crm.marks_3 AS TABLE orders;
INSERT INTO orders VALUES (4);
DROP VIEW crm.marks_3;
CREATE TABLE crm.marks_3 (customer_id int CHECK (customer_id > 0));
INSERT INTO orders VALUES (4);
ALTER TABLE crm.marks_3 DROP CONSTRAINT marks_3_customer_id_check, ADD UNIQUE (customer_id);
INSERT INTO orders VALUES (4);
ALTER TABLE crm.marks_3 DROP CONSTRAINT marks_3_customer_id_key;
CREATE RULE twice AS ON INSERT TO crm.marks_3 DO ALSO NOTHING;
INSERT INTO orders VALUES (4);
DROP RULE twice ON crm.marks_3;
CREATE TRIGGER once BEFORE UPDATE ON crm.marks_3 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
INSERT INTO orders VALUES (4);
DROP TRIGGER once ON crm.marks_3;
ALTER TABLE crm.marks_3 OWNER TO mark_owner;
INSERT INTO orders VALUES (4);
ALTER TABLE crm.marks_3 OWNER TO CURRENT_USER;

-- a column that does not fit is said to the base, if that can be
ALTER TABLE orders ALTER customer_id TYPE bigint;
INSERT INTO orders VALUES (4), (5);
CREATE TABLE crm.reread (watch bigint);
INSERT INTO orders VALUES (4), (5);
ALTER TABLE crm.reread ALTER watch TYPE int;
INSERT INTO orders VALUES (4), (5);
TABLE crm.reread;
ALTER TABLE orders ALTER customer_id TYPE int;
INSERT INTO orders VALUES (4), (5);
TABLE crm.marks_3;

-- triggers that are none of ours
CREATE TRIGGER misused BEFORE INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION _scoring.mark('crm', '3');
INSERT INTO orders VALUES (6);
DROP TRIGGER misused ON orders;
CREATE TRIGGER misused AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION _scoring.mark('crm');
INSERT INTO orders VALUES (6);
DROP TRIGGER misused ON orders;

SET client_min_messages = warning;
DROP SCHEMA crm CASCADE;
DROP TABLE orders;
DROP ROLE mark_owner;
