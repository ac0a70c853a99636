-- The customers of a shop that does not exist, and the habits they live by.
--
-- What is simulated: each customer has habits that nobody ever sees (how long
-- they stay, how often they need something, whether they read mail), drawn
-- independently of each other unless a comment says otherwise, and two years
-- of days are then played out from the habits alone.  No score, tier or
-- outcome is drawn, painted in or adjusted: what the scores say about
-- engagement, they found.
--
-- The habits lie in the schema simulation, for whoever wants to compare; the
-- shop knows only the tables of the schema shop.
CREATE SCHEMA simulation;
CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'a reference customer database: two years of a shop with 10,000 customers';
COMMENT ON SCHEMA simulation IS 'what the shop cannot know: the habits that its data were played out from';

-- The last day of the data, the same on every run.
CREATE FUNCTION shop.today() RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date :'today';
COMMENT ON FUNCTION shop.today() IS 'the last day of the data';

-- Where a day begins, said once.
CREATE FUNCTION shop.day_of(moment timestamptz) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (moment AT TIME ZONE 'Europe/Paris')::date;
COMMENT ON FUNCTION shop.day_of(timestamptz) IS 'the day of a moment, as days begin in Paris';

-- A number in [0, 1) that depends on nothing but the seed, what is drawn and
-- for whom: 53 bits of PostgreSQL's hash of integers, the one that hash
-- partitioning relies on never to change.
CREATE FUNCTION simulation.draw(what int, id bigint) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((hashint8extended(id, :seed * 1000::bigint + what) >> 11) & 9007199254740991)
           / 9007199254740992::float8;

-- A time between 8 and 22 o'clock.
CREATE FUNCTION simulation.moment(day date, draw float8) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (day + make_interval(secs => floor(28800 + 50400 * draw))) AT TIME ZONE 'Europe/Paris';

-- The two years, with the seasons of a shop.
CREATE TABLE simulation.days AS
SELECT day::date,
       CASE extract(month FROM day)
           WHEN 12 THEN 1.7 WHEN 11 THEN 1.4 WHEN 1 THEN 1.2
           WHEN 7 THEN 0.8 WHEN 8 THEN 0.7 ELSE 1
       END::float8 AS season
FROM generate_series(today() - interval '2 years' + interval '1 day', today(), '1 day') AS day;

CREATE TABLE simulation.habits AS
SELECT customer_id, joined,
       -- How long people stay: most who leave do so early, some never do
       -- (exponential lifetimes whose rates differ by a gamma distribution).
       joined + least(1e5, 400 * ((1 - draw(2, customer_id)) ^ (-1 / 0.8) - 1))::int AS leaves,
       needs,
       -- How many of the needs end in an order from us, and how many begin on our site.
       0.3 + 0.5 * draw(5, customer_id) AS buys,
       CASE WHEN draw(6, customer_id) < 0.25 THEN 0.15 ELSE 0.9 END AS online,
       -- The chance that a mail is read.  A third never read any: another
       -- mailbox, the promotions tab, no time, and that says nothing about
       -- buying.  Of the others, those who need more read somewhat more.
       CASE WHEN draw(7, customer_id) < 0.35 THEN 0
            ELSE (0.04 + 0.6 * draw(8, customer_id) ^ 2) * (0.7 + 0.3 * least(2, needs / 2.2)) END AS reads,
       -- A third have a mail program that opens all mail by itself.
       draw(9, customer_id) < 0.33 AS opened_by_machine,
       -- One in fifty sits behind a filter that tries every link on arrival.
       draw(10, customer_id) < 0.02 AS clicked_by_machine,
       -- How kindly they judge.
       draw(11, customer_id) AS kindness
FROM generate_series(1, 10000) AS customer_id
CROSS JOIN LATERAL (
    -- They joined over six and a half years, more of them lately.
    SELECT today() - (2400 * draw(1, customer_id) ^ 1.15)::int AS joined,
           -- Needs a year while they stay, log-normal: the median is 2.2, one in thirty has 12.
           2.2 * exp(0.9 * sqrt(-2 * ln(1 - draw(3, customer_id)))
                         * cos(2 * pi() * draw(4, customer_id))) AS needs) AS who;
ALTER TABLE simulation.habits ADD PRIMARY KEY (customer_id);

CREATE TABLE shop.customers (
    customer_id bigint PRIMARY KEY,
    name text NOT NULL,
    country text NOT NULL,
    signed_up_at timestamptz NOT NULL,
    email_optin boolean NOT NULL DEFAULT false,
    sms_optin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE shop.customers IS 'everyone who ever signed up, and the opt-ins of today';

WITH names (country, until, first_names, last_names) AS (VALUES
    ('FR', 0.40, '{Camille,Louis,Inès,Hugo,Manon,Jules,Chloé,Adam,Léa,Paul,Jade,Rémi}'::text[],
     '{Martin,Bernard,Petit,Moreau,Fournier,Girard,Bonnet,Lambert,Rousseau,Faure,Mercier,Blanc}'::text[]),
    ('DE', 0.62, '{Anna,Jonas,Lena,Felix,Marie,Lukas,Clara,Emil,Greta,Moritz,Ida,Theo}',
     '{Keller,Schmitz,Vogel,Krüger,Brandt,Jäger,Sommer,Lorenz,Busch,Winter,Pohl,Albrecht}'),
    ('IT', 0.76, '{Giulia,Marco,Sara,Luca,Elena,Matteo,Chiara,Paolo,Marta,Andrea,Irene,Dario}',
     '{Conti,Ricci,Greco,Gallo,Fontana,Rinaldi,Serra,Villa,Marchetti,Leone,Testa,Longo}'),
    ('ES', 0.87, '{Lucía,Pablo,Elena,Javier,Carmen,Diego,Marta,Álvaro,Nuria,Sergio,Alba,Iván}',
     '{Romero,Navarro,Torres,Molina,Ortega,Delgado,Castro,Rubio,Marín,Iglesias,Vidal,Campos}'),
    ('NL', 1.00, '{Sanne,Daan,Lotte,Bram,Femke,Thijs,Fleur,Ruben,Iris,Joris,Eva,Sven}',
     '{Visser,Bakker,Mulder,Bos,Dekker,Smit,Kuipers,Vos,Postma,Hendriks,Kok,Jonker}'))
INSERT INTO shop.customers (customer_id, name, country, signed_up_at)
SELECT customer_id,
       first_names[1 + floor(12 * draw(13, customer_id))] || ' ' || last_names[1 + floor(12 * draw(14, customer_id))],
       country,
       moment(joined, draw(15, customer_id))
FROM simulation.habits
JOIN names ON draw(12, customer_id) < until
          AND draw(12, customer_id) >= coalesce((SELECT max(n.until) FROM names n WHERE n.until < names.until), 0)
ORDER BY customer_id;

-- Opt-ins: 45 % allow e-mail when they sign up and 10 % some time later,
-- 25 % and 5 % SMS.
CREATE TABLE shop.consents (
    customer_id bigint NOT NULL REFERENCES shop.customers,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    granted boolean NOT NULL,
    decided_at timestamptz NOT NULL
);
COMMENT ON TABLE shop.consents IS 'opt-ins and opt-outs by channel; the last one counts';

INSERT INTO shop.consents
SELECT customer_id, channel, true,
       CASE WHEN draw(answer, customer_id) < at_once THEN signed_up_at
            ELSE moment(day_of(signed_up_at) + 1 + (draw(16, customer_id)
                        * (least(leaves, today()) - joined))::int, draw(17, customer_id)) END
FROM shop.customers
JOIN simulation.habits USING (customer_id),
     (VALUES ('email', 18, 0.45, 0.55), ('sms', 19, 0.25, 0.3)) AS c (channel, answer, at_once, ever)
WHERE draw(answer, customer_id) < ever;
DELETE FROM shop.consents WHERE day_of(decided_at) > today();
