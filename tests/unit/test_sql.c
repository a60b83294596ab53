/*
 * test_sql.c - what is shown of a statement: a corpus, and the property that no
 * literal of any statement is ever shown.
 */
#include "random.h"
#include "test.h"

#include "wrap/sql.h"

struct shown {
	char text_memory[SQL_TEXT_MAX], summary_memory[SQL_SUMMARY_MAX + 1];
	struct buf text, summary;
};

static void show(struct shown *s, const char *sql, size_t length,
		 unsigned int dialect)
{
	s->text = BUF(s->text_memory);
	s->summary = BUF(s->summary_memory);
	sql_digest(sql, length, dialect, &s->text, &s->summary);
}

struct row {
	const char *sql, *text, *summary;
};

static void check_rows(const struct row *rows, size_t count,
		       unsigned int dialect)
{
	struct shown s;
	size_t i;

	for (i = 0; i < count; i++) {
		show(&s, rows[i].sql, strlen(rows[i].sql), dialect);
		CHECK_STR(s.text.text,
			  rows[i].text ? rows[i].text : rows[i].sql);
		CHECK_STR(s.summary.text, rows[i].summary);
		CHECK(!s.text.cut && !s.summary.cut);
	}
}

#define CHECK_ROWS(rows, dialect) check_rows(rows, ARRAY_SIZE(rows), dialect)

TEST(every_kind_of_literal_becomes_a_mark)
{
	static const struct row rows[] = {
		{ "SELECT 'it''s', E'a\\'b', N'x', B'01', X'1F'",
		  "SELECT ?, ?, ?, ?, ?", "SELECT" },
		{ "SELECT 1, 1.5, .5, 1e-9, 0x1F, 1_000, 12ab",
		  "SELECT ?, ?, ?, ?, ?, ?, ?", "SELECT" },
		{ "SELECT -1, a - 1, +2, (-3)", "SELECT -?, a - ?, ?, (?)",
		  "SELECT" },
		{ "SELECT $$a$$, $t$b $$ 'c$t$, U&'d\\0061'", "SELECT ?, ?, ?",
		  "SELECT" },
		{ "SELECT date '2026-01-01', interval '1 day'",
		  "SELECT date ?, interval ?", "SELECT" },
		{ "SELECT TRUE, false, NULL", "SELECT ?, ?, NULL", "SELECT" },
		{ "SELECT 'unterminated", "SELECT ?", "SELECT" },
		{ "SELECT $a$unterminated", "SELECT ?", "SELECT" },
		{ "SELECT \"unterminated", "SELECT ?", "SELECT" },
	};

	CHECK_ROWS(rows, SQL_POSTGRESQL);
}

TEST(names_and_placeholders_stay)
{
	static const struct row rows[] = {
		{ "SELECT t1.\"A b\", $1, $2 FROM s.t1", NULL, "SELECT s.t1" },
		{ "SELECT a$b, a::int, x[1]", "SELECT a$b, a::int, x[?]",
		  "SELECT" },
		{ "SELECT \"quo\"\"ted\" FROM \"My Table\"", NULL,
		  "SELECT \"My Table\"" },
	};
	static const struct row sqlite[] = {
		{ "SELECT ?, ?1, :a, @b, $c FROM t", NULL, "SELECT t" },
		{ "SELECT [a b], `c` FROM [t u]", NULL, "SELECT [t u]" },
	};

	CHECK_ROWS(rows, SQL_POSTGRESQL);
	CHECK_ROWS(sqlite, SQL_SQLITE);
}

/* sqlite takes "text" for a string where there is no such name. */
TEST(quoted_strings_of_sqlite_are_hidden)
{
	static const struct row rows[] = {
		{ "SELECT * FROM \"t\" WHERE a = \"s\"",
		  "SELECT * FROM \"t\" WHERE a = ?", "SELECT \"t\"" },
		{ "INSERT INTO \"t\" VALUES (\"s\")",
		  "INSERT INTO \"t\" VALUES (?)", "INSERT \"t\"" },
		{ "SELECT \"t\".\"a\" AS \"b\", \"s\" FROM t",
		  "SELECT \"t\".\"a\" AS \"b\", ? FROM t", "SELECT t" },
	};

	CHECK_ROWS(rows, SQL_SQLITE);
}

TEST(comments_and_blanks_go)
{
	static const struct row nested[] = {
		{ " SELECT\t1 -- 'a'\n\n FROM /* b /* 'c' */ d */ t",
		  "SELECT ? FROM t", "SELECT t" },
		{ "SELECT a /* unterminated", "SELECT a", "SELECT" },
		{ "--\n", "", "" },
		{ "SELECT a--\n,b", "SELECT a ,b", "SELECT" },
	};
	static const struct row flat[] = {
		{ "/* a /* b */ SELECT 1", "SELECT ?", "SELECT" },
	};

	CHECK_ROWS(nested, SQL_POSTGRESQL);
	CHECK_ROWS(flat, SQL_SQLITE);
}

TEST(backslashes_count_where_they_do)
{
	static const struct row plain[] = {
		{ "SELECT 'a\\', b, 'c'", "SELECT ?, b, ?", "SELECT" },
	};
	/* The first leaves "c'" over: a name, and a string without end. */
	static const struct row escaped[] = {
		{ "SELECT 'a\\', b, 'c'", "SELECT ?c?", "SELECT" },
		{ "SELECT 'a\\'b', c", "SELECT ?, c", "SELECT" },
	};

	CHECK_ROWS(plain, SQL_POSTGRESQL);
	CHECK_ROWS(escaped, SQL_POSTGRESQL | SQL_BACKSLASH);
}

TEST(lists_of_values_become_one)
{
	static const struct row rows[] = {
		{ "SELECT a FROM t WHERE b IN (1, 2,-3, 'x')",
		  "SELECT a FROM t WHERE b IN (?)", "SELECT t" },
		{ "SELECT a FROM t WHERE b in ($1,$2)",
		  "SELECT a FROM t WHERE b in (?)", "SELECT t" },
		{ "SELECT a FROM t WHERE b IN (1, 2, c, 3)",
		  "SELECT a FROM t WHERE b IN (?, c, ?)", "SELECT t" },
		{ "SELECT a FROM t WHERE b IN (SELECT c FROM u)", NULL,
		  "SELECT t SELECT u" },
		{ "SELECT a FROM t WHERE b IN (f(1), 2)",
		  "SELECT a FROM t WHERE b IN (f(?), ?)", "SELECT t" },
		{ "INSERT INTO t VALUES (1,2)", "INSERT INTO t VALUES (?,?)",
		  "INSERT t" },
	};

	CHECK_ROWS(rows, SQL_POSTGRESQL);
}

TEST(summaries_name_operations_and_targets)
{
	static const struct row rows[] = {
		{ "select * from songs s, artists a where s.a = a.b", NULL,
		  "select songs artists" },
		{ "INSERT INTO public.ship SELECT * FROM orders", NULL,
		  "INSERT public.ship SELECT orders" },
		{ "SELECT d FROM (SELECT * FROM orders o JOIN c ON o.a = c.b)",
		  NULL, "SELECT SELECT orders c" },
		{ "WITH x AS (SELECT a FROM t) UPDATE u SET b = a FROM x", NULL,
		  "SELECT t UPDATE u x" },
		{ "SELECT a FROM t UNION ALL SELECT b FROM u FOR UPDATE", NULL,
		  "SELECT t SELECT u" },
		{ "SELECT a FROM t WHERE extract(year FROM b) IS DISTINCT FROM "
		  "c",
		  NULL, "SELECT t" },
		{ "DELETE FROM ONLY t USING u WHERE t.a = u.a", NULL,
		  "DELETE t u" },
		{ "INSERT INTO t VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = "
		  "b",
		  NULL, "INSERT t" },
		{ "BEGIN; UPDATE t SET a = b; COMMIT", NULL,
		  "BEGIN UPDATE t COMMIT" },
		{ "CREATE TABLE IF NOT EXISTS s.t AS SELECT a FROM b", NULL,
		  "CREATE TABLE s.t SELECT b" },
		{ "DROP INDEX CONCURRENTLY i", NULL, "DROP INDEX i" },
		{ "TRUNCATE TABLE ONLY t", NULL, "TRUNCATE t" },
		{ "COPY t (a, b) FROM STDIN", NULL, "COPY t" },
		{ "COPY (SELECT a FROM b) TO STDOUT", NULL, "COPY SELECT b" },
		{ "call some_proc($1)", NULL, "call some_proc" },
		{ "EXPLAIN (ANALYZE) SELECT a FROM t", NULL,
		  "EXPLAIN SELECT t" },
		{ "DECLARE c CURSOR FOR SELECT a FROM t", NULL,
		  "DECLARE SELECT t" },
		{ "GRANT SELECT ON t TO u", NULL, "GRANT" },
		{ "SELECT replace(a, b, c) FROM t", NULL, "SELECT t" },
		{ "SELECT a FROM t, LATERAL (SELECT b FROM u) x", NULL,
		  "SELECT t SELECT u" },
		{ "SELECT a FROM (t JOIN u USING (a))", NULL, "SELECT t u" },
		{ "(SELECT a FROM t)", NULL, "SELECT t" },
		{ "", NULL, "" },
		{ "?", NULL, "" },
	};
	static const struct row sqlite[] = {
		{ "INSERT OR REPLACE INTO t VALUES (?)", NULL, "INSERT t" },
		{ "REPLACE INTO t VALUES (?)", NULL, "REPLACE t" },
		{ "UPDATE OR IGNORE t SET a = ?", NULL, "UPDATE t" },
		{ "PRAGMA journal_mode = WAL", NULL, "PRAGMA journal_mode" },
	};

	CHECK_ROWS(rows, SQL_POSTGRESQL);
	CHECK_ROWS(sqlite, SQL_SQLITE);
}

/* Cut behind a whole token, and said so. */
TEST(long_statements_are_cut_between_tokens)
{
	char sql[20000] = "SELECT a FROM t0";
	struct shown s;
	size_t n = strlen(sql);
	int i;

	for (i = 1; i < 1000; i++)
		n += (size_t)sprintf(sql + n, ", table_%d", i);
	show(&s, sql, n, SQL_POSTGRESQL);
	CHECK(s.text.cut && s.summary.cut);
	CHECK(s.text.length < SQL_TEXT_MAX &&
	      s.text.length > SQL_TEXT_MAX - 16);
	CHECK(strncmp(s.text.text, sql, s.text.length) == 0);
	CHECK(s.summary.length <= SQL_SUMMARY_MAX &&
	      s.summary.length > SQL_SUMMARY_MAX - 16);
	/* The last name is whole: it comes again, with a comma behind it. */
	strcpy(sql, strrchr(s.summary.text, ' ') + 1);
	strcat(sql, ",");
	CHECK(strstr(s.text.text, sql) != NULL);
}

/* ---- no literal is shown ------------------------------------------------------ */

static uint32_t roll(uint32_t sides)
{
	return (uint32_t)(next_random() >> 32) % sides;
}

/* Each piece is whole by itself; the word in the literals is the canary. */
static const char *const pieces[] = {
	"SELECT ",
	"INSERT INTO t ",
	" VALUES (",
	") ",
	"(",
	", ",
	" FROM t ",
	" WHERE a = ",
	" IN (",
	"--c CANARY\n",
	"/* CANARY */",
	" a.b ",
	"$1",
	" -",
	"::",
	"; ",
	"'CANARY'",
	"'it''s CANARY'",
	"'a\\CANARY'",
	"E'x\\'CANARY'",
	"e'\\\\''CANARY'",
	"$$CANARY$$",
	"$x$ CANARY $$ $x$",
	"N'CANARY'",
	"U&'CANARY'",
	"12345CANARY",
	"0xCANARY",
	" \"n\" ",
	"\n",
	"'CANARY\n'",
	" UPDATE t SET b=",
	"/*/* CANARY */ CANARY */",
	" JOIN u ON ",
	" t[",
	"] ",
	"''",
	"\"\"",
	"date'CANARY'",
	".5CANARY",
};

TEST(no_literal_of_a_random_statement_is_shown)
{
	char sql[4096];
	struct shown s;
	int round, i;

	for (round = 0; round < 20000; round++) {
		size_t n = 0;

		for (i = (int)roll(20); i >= 0; i--)
			/* What begins a token does not run into the last. */
			n += (size_t)sprintf(sql + n, "%s ",
					     pieces[roll(ARRAY_SIZE(pieces))]);
		show(&s, sql, n, SQL_POSTGRESQL);
		CHECK(!strstr(s.text.text, "CANARY"));
		CHECK(!strstr(s.summary.text, "CANARY"));
	}
}

/* Any bytes: it stays inside the text (which ends at the end of an allocation
 * for the address sanitizer) and inside what it is given to write to. */
TEST(any_bytes_will_do)
{
	static const char alphabet[] = "'\"$`[]()/*-.,;:?\\eEnN \n1aI\0\xff";
	static const char words[][8] = { "SELECT", "FROM", "IN(", "$a$", "*/" };
	char text[64], summary[32];
	int round;

	for (round = 0; round < 100000; round++) {
		size_t length = roll(40), n = 0;
		char *sql = malloc(length + 1);
		struct buf t = BUF(text), s = BUF(summary);

		while (n < length) {
			const char *word = words[roll(5)];

			if (roll(8) == 0 && n + strlen(word) <= length) {
				memcpy(sql + n, word, strlen(word));
				n += strlen(word);
			} else {
				sql[n++] = alphabet[roll(sizeof(alphabet))];
			}
		}
		sql = realloc(sql, length ? length : 1);
		sql_digest(sql, length, roll(32), &t, &s);
		CHECK(t.length < sizeof(text) && s.length < sizeof(summary));
		CHECK(text[t.length] == '\0' && summary[s.length] == '\0');
		free(sql);
	}
}

/* Nothing in it takes more time than the length says: 4 MiB of what could go
 * wrong end within the limit of a test. */
TEST(time_is_linear)
{
	static const char *const bad[] = { "$a",   "$a$",  "/*", "((((",
					   "IN (", "'a''", "\"", "e-1" };
	const size_t size = 4 << 20;
	char *sql = malloc(size);
	struct shown s;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		for (n = 0; n < size; n++)
			sql[n] = bad[i][n % strlen(bad[i])];
		show(&s, sql, size, SQL_POSTGRESQL);
	}
	free(sql);
}
