/*
 * callbacks.cc - a client for sqlite.sh: sqlite3 with callbacks that leave it by
 * an exception or a jump or run statements themselves, statements that are
 * given up, threads that share statements, and what is wrong.
 */
#include <atomic>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <sqlite3.h>
#include <stdexcept>
#include <thread>
#include <vector>

static sqlite3 *db;
static jmp_buf back;

static int throws(void *, int, char **, char **)
{
	throw std::runtime_error("thrown");
}

static int jumps(void *, int, char **, char **)
{
	longjmp(back, 1);
}

static int stops(void *, int, char **, char **)
{
	return 1;
}

static int nests(void *, int, char **, char **)
{
	return sqlite3_exec(db, "SELECT 'CANARY' AS nested", nullptr, nullptr,
			    nullptr);
}

static void one_more(sqlite3_context *context, int, sqlite3_value **values)
{
	sqlite3_stmt *stmt;
	int n = 0;

	sqlite3_prepare_v2(db, "SELECT ?1 + 1 AS inner", -1, &stmt, nullptr);
	sqlite3_bind_int(stmt, 1, sqlite3_value_int(values[0]));
	while (sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_result_int(context, n);
}

static void leave(void)
{
	try {
		sqlite3_exec(db, "SELECT 1 AS throwing", throws, nullptr,
			     nullptr);
	} catch (const std::exception &e) {
		printf("caught %s\n", e.what());
	}
}

static void jump(void)
{
	/* Its frame is gone before anything else is called. */
	if (setjmp(back) == 0)
		sqlite3_exec(db, "SELECT 1 AS jumping", jumps, nullptr,
			     nullptr);
	else
		printf("jumped\n");
}

static void steps(void)
{
	sqlite3_stmt *a, *b;
	int i, code;

	sqlite3_prepare_v2(db, "SELECT a AS walked FROM t", -1, &a, nullptr);
	sqlite3_prepare_v2(db, "SELECT a AS kept FROM t", -1, &b, nullptr);
	for (i = 0; i < 3; i++) {
		int rows = 0;

		/* Two at once, one of which is given up. */
		sqlite3_step(b);
		while ((code = sqlite3_step(a)) == SQLITE_ROW)
			rows++;
		printf("%d %d %d\n", code, rows, sqlite3_reset(a));
		sqlite3_reset(b);
	}
	sqlite3_step(b);
	printf("%d %d\n", sqlite3_finalize(a), sqlite3_finalize(b));
	printf("%d %d %d\n", sqlite3_finalize(nullptr), sqlite3_reset(nullptr),
	       sqlite3_step(nullptr));
}

static void threads(void)
{
	std::vector<std::thread> all;
	std::atomic<int> rows(0);
	sqlite3_stmt *stmt;

	sqlite3_prepare_v2(db, "SELECT a AS shared FROM t", -1, &stmt, nullptr);
	for (int i = 0; i < 4; i++)
		all.emplace_back([&] {
			for (int j = 0; j < 200; j++) {
				if (sqlite3_step(stmt) == SQLITE_ROW)
					rows++;
			}
		});
	for (auto &t : all)
		t.join();
	sqlite3_finalize(stmt);
	/* Each of the 800 is a row of 4 or the end of an execution. */
	printf("shared %d\n", rows.load());
}

static void errors(void)
{
	char *message = nullptr, **table;
	int rows, columns;

	errno = 77;
	printf("%d ", sqlite3_exec(db, "INSERT INTO t VALUES (1)", nullptr,
				   nullptr, &message));
	printf("%s %d %d\n", message, sqlite3_extended_errcode(db), errno);
	sqlite3_free(message);
	printf("%d ", sqlite3_exec(db, "SELECT \"CANARY\" FROM missing",
				   nullptr, nullptr, nullptr));
	printf("%s\n", sqlite3_errmsg(db));
	printf("%d\n", sqlite3_exec(db, "SELECT 1", stops, nullptr, nullptr));
	printf("%d", sqlite3_get_table(db, "SELECT a FROM t", &table, &rows,
				       &columns, nullptr));
	printf(" %d %d %s\n", rows, columns, table[1]);
	sqlite3_free_table(table);
	printf("%d\n", sqlite3_exec(nullptr, "SELECT 1", nullptr, nullptr,
				    nullptr));
}

int main(void)
{
	sqlite3 *bad;

	printf("%d ", sqlite3_open("/none/such.db", &bad));
	printf("%d\n", sqlite3_close(bad));
	sqlite3_open_v2("file:mine.db?mode=rwc", &db,
			SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX,
			nullptr);
	sqlite3_create_function(db, "one_more", 1, SQLITE_UTF8, nullptr,
				one_more, nullptr, nullptr);
	printf("%d\n",
	       sqlite3_exec(db,
			    "CREATE TABLE t(a INTEGER PRIMARY KEY);"
			    "INSERT INTO t VALUES (1), (2), (3), (4)",
			    nullptr, nullptr, nullptr));
	printf("%d\n", sqlite3_exec(db, "SELECT a AS outer FROM t", nests,
				    nullptr, nullptr));
	printf("%d\n", sqlite3_exec(db, "SELECT one_more(a) FROM t", nullptr,
				    nullptr, nullptr));
	steps();
	threads();
	errors();
	/* From here on the connection is locked by this thread, and its
	 * statements are open. */
	leave();
	jump();
	sqlite3_open(":memory:", &bad);
	printf("%d\n", sqlite3_close(bad));
	printf("%d\n", sqlite3_close(db));
	return 0;
}
