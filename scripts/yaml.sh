#!/bin/sh
# yaml.sh ARCHIVE OBJECT - makes a private copy of libyaml's parser: what it
# calls for memory and files becomes functions of shim/base/yaml_heap.c.
set -eu

mkdir -p "${2%/*}"
ld -r -u yaml_parser_parse -o "$2" "$1"
objcopy --redefine-sym malloc=yaml_heap_alloc \
	--redefine-sym realloc=yaml_heap_resize \
	--redefine-sym free=yaml_heap_free \
	--redefine-sym strdup=yaml_heap_copy \
	--redefine-sym fread=yaml_heap_read \
	--redefine-sym fwrite=yaml_heap_write \
	--redefine-sym ferror=yaml_heap_error \
	--redefine-sym __assert_fail=yaml_heap_failed "$2"
