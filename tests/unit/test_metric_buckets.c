/*
 * test_metric_buckets.c - the buckets of a distribution, as they are written.
 */
#include "metric_parse.h"

TEST(buckets)
{
	const struct metric_definition *d;

	setup();
	d = good("distribution(a.b, buckets=linear(10,5,4))");
	CHECK_INT(d->bucket_count, 4);
	CHECK(d->buckets[0] == 10 && d->buckets[3] == 25);
	d = good("distribution(a.b, buckets = exponential( 0.5, 2, 64 ))");
	CHECK_INT(d->bucket_count, 64);
	CHECK(d->buckets[1] == 1 && d->buckets[4] == 8);
	d = good("distribution(a.b, unit=native:second)");
	CHECK_INT(d->bucket_count, 14);
	CHECK(d->buckets[0] == 0.005 && d->buckets[13] == 10);
	d = good("distribution(a.b)");
	CHECK_INT(d->bucket_count, 15);
	CHECK(d->buckets[14] == 10000);
	teardown();
}

/* What somebody would have written, and not 0.30000000000000004. */
TEST(bucket_series_have_no_noise)
{
	static const double linear[] = { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7 };
	static const double powers[] = { 1e-4, 1e-3, 1e-2, 0.1, 1, 10 };
	const struct metric_definition *d;
	size_t i;

	setup();
	d = good("distribution(a.b, buckets=linear(0.1, 0.1, 7))");
	for (i = 0; i < ARRAY_SIZE(linear); i++)
		CHECK(d->buckets[i] == linear[i]);
	d = good("distribution(a.b, buckets=exponential(0.0001, 10, 6))");
	for (i = 0; i < ARRAY_SIZE(powers); i++)
		CHECK(d->buckets[i] == powers[i]);
	d = good("distribution(a.b, buckets=linear(-0.3, 0.1, 5))");
	CHECK(d->buckets[2] == -0.1 && d->buckets[3] == 0);
	CHECK(d->buckets[4] == 0.1);
	d = good("distribution(a.b, buckets=linear(-100.3, 10.03, 12))");
	CHECK(d->buckets[9] == -10.03 && d->buckets[10] == 0);
	CHECK(d->buckets[11] == 10.03);
	teardown();
}

TEST(bad_buckets)
{
	setup();
	bad("distribution(a.b, buckets=[1,1])",
	    "bucket number 2 is not above the one before it, expected "
	    "strictly increasing numbers");
	bad("distribution(a.b, buckets=[3,2])", "strictly increasing");
	bad("distribution(a.b, buckets=[])", "no buckets");
	bad("distribution(a.b, buckets=[1,x])", "\"x\" is no number");
	bad("distribution(a.b, buckets=[nan])", "\"nan\" is no number");
	bad("distribution(a.b, buckets=[1,inf])", "\"inf\" is no number");
	bad("distribution(a.b, buckets=log(1,2,3))", "unknown buckets \"log\"");
	bad("distribution(a.b, buckets=linear(1,0,3))", "strictly increasing");
	bad("distribution(a.b, buckets=exponential(1,1,3))",
	    "strictly increasing");
	bad("distribution(a.b, buckets=linear(1,2))",
	    "expected (start, step or factor, count)");
	bad("distribution(a.b, buckets=linear(1,2,65))",
	    "\"65\" is no count of buckets, expected 1 to 64");
	bad("distribution(a.b, buckets=exponential(1,1e300,3))",
	    "bucket number 3");
	bad("counter(a.b, buckets=[1])", "only a distribution has buckets");
	teardown();
}
