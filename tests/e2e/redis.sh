#!/bin/sh
# Redis: another allocator (jemalloc), threads, and a fork that saves.
. "$(dirname "$0")/../lib/e2e.sh"
need redis-server redis-cli redis-benchmark

cli() {
	redis-cli -s "$TEST_TMP/work/redis.sock" "$@"
}

scenario() {
	redis-server --port 0 --unixsocket "$PWD/redis.sock" --dir "$PWD" \
		--logfile log --save '' --io-threads 2 &
	server=$!
	wait_for cli ping || return 1
	cli ping
	cli set key value
	cli get key
	cli incrby key 1
	cli eval 'return {1, redis.call("get", "key")}' 0
	seq 1 2000 | sed 's/.*/SET k& v&/' | cli --pipe | tail -n 1
	cli dbsize
	cli info memory | grep mem_allocator
	redis-benchmark -s "$PWD/redis.sock" -q -n 2000 -c 10 -P 4 -t set,get,lpush >/dev/null
	echo "benchmark $?"
	cli bgsave
	wait_for sh -c "redis-cli -s '$PWD/redis.sock' info persistence |
		grep -q 'rdb_bgsave_in_progress:0'"
	cli info persistence | grep last_bgsave_status
	cli shutdown save
	wait $server
	echo "server $?"
	redis-check-rdb dump.rdb >/dev/null
	echo "file $?"
}

# The server is the same file as redis-check-rdb.
compare "/redis-[sc][eh]" /redis-cli
