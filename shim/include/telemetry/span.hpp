/*
 * <telemetry/span.hpp> - telemetry::span and telemetry::run(), a part of
 * <telemetry/telemetry.hpp>.
 */
#ifndef TELEMETRY_SPAN_HPP
#define TELEMETRY_SPAN_HPP

#include <telemetry/field.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <exception>
#include <new>
#include <typeinfo>
#include <utility>

#if defined(_LIBCPP_VERSION)
/* libc++ has it, but does not always say so. */
namespace __cxxabiv1
{
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals *__cxa_get_globals() noexcept;
} // namespace __cxxabiv1
#endif

namespace telemetry
{
namespace detail
{

/* Exceptions in flight in this thread; std has it from C++17 on. */
inline int uncaught() noexcept
{
#if defined(_LIBCPP_VERSION) || defined(__cpp_lib_uncaught_exceptions)
	return std::uncaught_exceptions();
#else
	/* The C++ ABI: struct { void *caught; unsigned int uncaught; } */
	const char *globals =
		reinterpret_cast<const char *>(abi::__cxa_get_globals());
	unsigned int count;

	std::memcpy(&count, globals + sizeof(void *), sizeof(count));
	return static_cast<int>(count);
#endif
}

/* Memory for a span: its fields, and copies of their keys and texts. */
class notes
{
public:
	struct telemetry_span span;
	::telemetry_field metadata[TELEMETRY_FIELDS_MAX];
	::telemetry_field measurements[TELEMETRY_FIELDS_MAX];
	std::size_t metadata_count = 0, measurement_count = 0;
	int uncaught = detail::uncaught();

	notes() noexcept {}
	~notes()
	{
		while (blocks) {
			block *next = blocks->next;

			std::free(blocks);
			blocks = next;
		}
	}
	notes(const notes &) = delete;
	notes &operator=(const notes &) = delete;

	/* A field of the same key is replaced.  False: no room, no memory. */
	bool put(::telemetry_field *list, std::size_t &count,
		 ::telemetry_field f) noexcept
	{
		std::size_t i = 0;

		if (!f.key)
			return false;
		while (i < count && std::strcmp(list[i].key, f.key) != 0)
			i++;
		if (i == TELEMETRY_FIELDS_MAX)
			return false;
		f.key = copy(f.key, std::strlen(f.key));
		if (f.value.type == TELEMETRY_STRING && f.value.length > 0 &&
		    !(f.value.as.string =
			      copy(f.value.as.string, f.value.length)))
			return false;
		if (!f.key)
			return false;
		list[i] = f;
		count += i == count;
		return true;
	}

private:
	struct block {
		block *next;
	};
	block *blocks = nullptr;
	std::size_t used = 0;
	char room[256];

	const char *copy(const char *text, std::size_t length) noexcept
	{
		char *to = room + used;

		if (length < sizeof(room) - used) {
			used += length + 1;
		} else {
			void *p = std::malloc(sizeof(block) + length + 1);

			if (!p)
				return nullptr;
			blocks = new (p) block{ blocks };
			to = static_cast<char *>(p) + sizeof(block);
		}
		std::memcpy(to, text, length);
		to[length] = '\0';
		return to;
	}
};

} // namespace detail

/*
 * telemetry_span_begin() to telemetry_span_end() or telemetry_span_fail().
 * Ends once: by stop(), fail(), or with its scope.  For one thread at a time;
 * it may be moved to another one and end there.  Keys and texts are copied, so
 * temporaries will do.  Takes one block of memory if the shim is there.
 *
 * A scope that is left by an exception ends the span as an exception of kind
 * "cxx"; reason is its demangled type, from the shim.  That does not know it
 * where the family `cxx` is switched off (TELEMETRY_WRAP) or the C++ run-time
 * library is linked statically: then reason is "exception", but for what is
 * called through run(), which finds the type itself (with libc++ of a
 * std::exception only).
 * pthread_exit() and cancellation are no exceptions there: the span stops; out
 * of run() it ends as an exception of kind "unwind" (not with libc++).
 * Owns:    copies of keys and texts, until it ends.
 * Threads: an object is for one at a time, see above.
 * From:    handlers, constructors; not signal handlers: it takes memory.
 * Units:   nanoseconds, as telemetry_span_begin().
 * Errors:  error(); nothing is thrown, but by what run() calls.
 */
class span
{
public:
	/* At most 8 fields, for the start and the end. */
	explicit span(const char *name, fields metadata = {})
	{
		if (!telemetry_is_loaded())
			return;
		own = new (std::nothrow) detail::notes;
		result = own ? 0 : -ENOMEM;
		for (const field &f : metadata)
			if (!add(f))
				result = -ENOMEM;
		if (!own)
			return;
		int begun = telemetry_span_begin(
			&own->span, name, own->metadata, own->metadata_count);
		result = begun ? begun : result;
	}
	span(span &&other) noexcept : own(other.own), result(other.result)
	{
		other.own = nullptr;
	}
	span &operator=(span &&other) noexcept
	{
		std::swap(own, other.own);
		std::swap(result, other.result);
		return *this;
	}
	~span()
	{
		if (own && detail::uncaught() > own->uncaught) {
			const char *type = telemetry_exception_type(
				abi::__cxa_get_globals());

			fail("cxx", type ? type : "exception");
		}
		stop();
	}

	/* 0, or what telemetry_span_begin() returned; -ENOMEM: no memory for
	 * the span, or for some of its fields. */
	int error() const noexcept { return result; }
	/* Metadata of the end.  A field of the same key is replaced.  False:
	 * there are TELEMETRY_FIELDS_MAX, no memory, or the span has ended. */
	bool add(const field &f) noexcept
	{
		return own && own->put(own->metadata, own->metadata_count, f);
	}
	/* The same for measurements, of a stop. */
	bool measure(const field &f) noexcept
	{
		return own &&
		       own->put(own->measurements, own->measurement_count, f);
	}
	void stop()
	{
		if (own)
			telemetry_span_end(&own->span, own->measurements,
					   own->measurement_count,
					   own->metadata, own->metadata_count);
		forget();
	}
	/* Ends as an exception; kind is a word such as "error". */
	void fail(const char *kind, const char *reason)
	{
		if (own)
			telemetry_span_fail(&own->span, kind, reason,
					    own->metadata, own->metadata_count);
		forget();
	}
	/* Calls function(); an exception that it throws ends the span and goes
	 * on to the caller.  Otherwise the span stays open. */
	template <class F> auto run(F &&function) -> decltype(function())
	{
#ifdef __cpp_exceptions
		try {
			return function();
		}
#ifdef __GLIBCXX__
		catch (abi::__forced_unwind &) {
			fail("unwind", "thread");
			throw;
		}
		catch (...) {
#else
		/* Elsewhere a thread may not end through catch (...). */
		catch (const std::exception &) {
#endif
			fail_caught();
			throw;
		}
#else
		return function();
#endif
	}

private:
	detail::notes *own = nullptr;
	int result = 0;

	void forget() noexcept
	{
		delete own;
		own = nullptr;
	}
	void fail_caught()
	{
		const std::type_info *type =
			abi::__cxa_current_exception_type();
		char *name = type ? abi::__cxa_demangle(type->name(), nullptr,
							nullptr, nullptr)
				  : nullptr;

		fail("cxx", name ? name : type ? type->name() : "foreign");
		std::free(name);
	}
};

/*
 * Calls function() inside a span and returns what it returns.
 * Owns:    nothing; the callable is the caller's.
 * Threads: any; it runs in the caller's.
 * From:    handlers, constructors; not signal handlers.
 * Units:   nanoseconds, as span.
 * Errors:  what the callable throws.
 */
template <class F>
auto run(const char *name, fields metadata, F &&function)
	-> decltype(function())
{
	span around(name, metadata);

	return around.run(std::forward<F>(function));
}

} // namespace telemetry

#endif
