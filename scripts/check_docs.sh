#!/bin/sh
# check_docs.sh - what each public function says of itself: who owns what (Owns:),
# which threads may call it (Threads:), from where (From: handlers, constructors,
# signal handlers), in which units (Units:), and how it fails (Errors:).
#
# A comment is of all functions that follow, up to the next one or the end of what
# is for one language; in test.h also of the macros that fail.  A name that is
# declared more than once needs it once.  What a comment calls "Behind ..." is
# nobody's to call, as are <telemetry/capture.h> and <telemetry/builtin.h>.
set -eu

headers=$(find shim/include/telemetry -name '*.h*' \
	! -name capture.h ! -name builtin.h)
# shellcheck disable=SC2086 # a list of files
awk '
function bad(name, text) {
	if (!(name in wrong))
		wrong[name] = where[name] ": " name ": " text
}

# The text behind a word, up to the next of them.
function part(word,    text) {
	if (!match(comment, word ":"))
		return ""
	text = substr(comment, RSTART + RLENGTH)
	sub(/(Owns|Threads|From|Units|Errors):.*/, "", text)
	gsub(/[ \t*\/]+/, " ", text)
	return text == " " ? "" : text
}

function declared(name,    n, i, word, from) {
	if (!(name in where))
		where[name] = FILENAME ":" FNR
	if (name in good || comment ~ /^[\/* \t]*Behind/)
		return
	n = split("Owns Threads From Units Errors", word, " ")
	for (i = 1; i <= n; i++)
		if (part(word[i]) == "") {
			bad(name, "its comment has no \"" word[i] ":\"")
			return
		}
	from = part("From")
	if (from !~ /handler/ || from !~ /constructor/ || from !~ /signal/) {
		bad(name, "\"From:\" does not say whether handlers, " \
			"constructors and signal handlers may call it")
		return
	}
	good[name] = 1
}

FNR == 1 { comment = ""; open = 0; wanted = 0; inner = 0 }
/^namespace detail/ { inner = 1 }
/^} \/\/ namespace detail/ { inner = 0 }
inner { next }
# A word on one of several macros adds to what is said of them all.
after_macro && /^\/\*.*\*\/$/ { next }
/^#define .*\(/ { after_macro = 1 }
/^[a-z]|^$/ { after_macro = 0 }
open || /^[ \t]*\/\*/ {
	if (!open)
		comment = ""
	comment = comment $0 "\n"
	open = !/\*\//
	wanted = 0
	next
}
/^TELEMETRY_API/ || /^(static )?inline / { wanted = 1 }
/^typedef int \(\*telemetry_/ { wanted = 1 }
/^struct telemetry_(host|reporter) \{/ { declared($2); next }
/^(class|struct) [a-z]+( :.*)?$/ && FILENAME ~ /hpp$/ { declared($2); next }
FILENAME ~ /hpp$/ && /^(auto )?(attach|run)\(/ {
	name = $0
	sub(/^auto /, "", name)
	sub(/\(.*/, "", name)
	declared("telemetry::" name)
}
wanted && match($0, /(telemetry_[a-z0-9_]+|execute)\)?\(/) {
	name = substr($0, RSTART, RLENGTH)
	gsub(/[()]/, "", name)
	declared(name == "execute" ? "telemetry::execute" : name)
	wanted = 0
	count++
}
match($0, /^#define TELEMETRY_EXPECT[A-Z_]*\(/) {
	name = substr($0, 9, RLENGTH - 9)
	declared(name)
	count++
}
/[;{]$/ { wanted = 0 }
# What stands there for another language has none, or its own.
/^#(if|else|endif)/ { comment = "" }
END {
	for (name in wrong)
		if (!(name in good)) {
			print wrong[name]
			failed = 1
		}
	if (count < 40) {
		print "only " count + 0 " functions found"
		failed = 1
	}
	exit failed
}' $headers
