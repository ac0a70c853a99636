-- Statistics that anyone can call: how sure a rate, a difference or a mean is

CREATE FUNCTION scoring.normal_tail(z double precision) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_normal_tail';
COMMENT ON FUNCTION scoring.normal_tail(double precision) IS
    'how likely a normal variable is above z, far tails included; twice that of abs(z) is the two-sided p-value';

CREATE FUNCTION scoring.normal_quantile(p double precision) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'scoring_normal_quantile';
COMMENT ON FUNCTION scoring.normal_quantile(double precision) IS
    'the value that a normal variable is below with probability p: 1.96 for 0.975';

CREATE FUNCTION scoring.student_tail(t double precision, df double precision) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_student_tail';
COMMENT ON FUNCTION scoring.student_tail(double precision, double precision) IS
    'how likely a variable of Student''s distribution is above t; df degrees of freedom, at least 1, not always whole';

CREATE FUNCTION scoring.student_quantile(p double precision, df double precision) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'scoring_student_quantile';
COMMENT ON FUNCTION scoring.student_quantile(double precision, double precision) IS
    'the value that a variable of Student''s distribution is below with probability p; df degrees of freedom';

CREATE FUNCTION scoring.wilson(successes bigint, trials bigint, confidence double precision DEFAULT 0.95,
                       OUT low double precision, OUT high double precision)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'scoring_wilson';
COMMENT ON FUNCTION scoring.wilson(bigint, bigint, double precision) IS
    'Wilson''s interval for a rate; NULL when there are no trials';

CREATE FUNCTION scoring.two_proportions(s1 bigint, n1 bigint, s2 bigint, n2 bigint, confidence double precision DEFAULT 0.95,
                                OUT difference double precision, OUT low double precision, OUT high double precision,
                                OUT z double precision, OUT p_value double precision)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'scoring_two_proportions';
COMMENT ON FUNCTION scoring.two_proportions(bigint, bigint, bigint, bigint, double precision) IS
    'the difference s1/n1 - s2/n2 of two rates with Newcombe''s interval, and the two-sided z-test with pooled variance';

CREATE FUNCTION scoring.two_means(mean1 double precision, sd1 double precision, n1 bigint,
                          mean2 double precision, sd2 double precision, n2 bigint, confidence double precision DEFAULT 0.95,
                          OUT difference double precision, OUT low double precision, OUT high double precision,
                          OUT t double precision, OUT p_value double precision)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'scoring_two_means';
COMMENT ON FUNCTION scoring.two_means(double precision, double precision, bigint, double precision, double precision, bigint,
                              double precision) IS
    'the difference mean1 - mean2 with the interval and the two-sided test of Welch; sd1 and sd2 as of stddev_samp()';

CREATE FUNCTION scoring.chi_square(observed bigint[], expected double precision[],
                           OUT statistic double precision, OUT df integer, OUT p_value double precision)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'scoring_chi_square';
COMMENT ON FUNCTION scoring.chi_square(bigint[], double precision[]) IS
    'Pearson''s test of the counts of classes; expected: counts, shares or weights, brought to the sum of observed';

CREATE FUNCTION scoring.sample_size(p1 double precision, p2 double precision, power double precision DEFAULT 0.8,
                            level double precision DEFAULT 0.05)
    RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'scoring_sample_size';
COMMENT ON FUNCTION scoring.sample_size(double precision, double precision, double precision, double precision) IS
    'how many it takes in each of two equal arms to tell a rate of p1 from one of p2, in a two-sided test';

CREATE FUNCTION scoring.smallest_effect(p double precision, n1 bigint, n2 bigint, power double precision DEFAULT 0.8,
                                level double precision DEFAULT 0.05)
    RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
    AS 'MODULE_PATHNAME', 'scoring_smallest_effect';
COMMENT ON FUNCTION scoring.smallest_effect(double precision, bigint, bigint, double precision, double precision) IS
    'by how much the rate of n1 must be above p, the rate of n2, to be told from it; NULL when not even a rate of 1 could be';
