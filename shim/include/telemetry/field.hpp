/*
 * <telemetry/field.hpp> - telemetry::field and telemetry::execute(), a part of
 * <telemetry/telemetry.hpp>.
 */
#ifndef TELEMETRY_FIELD_HPP
#define TELEMETRY_FIELD_HPP

#include <telemetry/telemetry.h>

#include <initializer_list>
#include <string>
#include <type_traits>
#if __cplusplus >= 201703L
#include <string_view>
#endif

namespace telemetry
{

/*
 * A key and a value: a number, a bool or a text.  Borrows key and text for the
 * call where it is given to execute(); a span copies them.
 * Owns:    nothing, see above.
 * Threads: any.
 * From:    anywhere, handlers, constructors and signal handlers too.
 * Units:   the caller's.
 * Errors:  none: execute() judges it.
 */
struct field : ::telemetry_field {
	template <class T, typename std::enable_if<std::is_arithmetic<T>::value,
						   int>::type = 0>
	field(const char *name, T v) noexcept
		: ::telemetry_field(number(name, v))
	{
	}
	field(const char *name, const char *text) noexcept
		: ::telemetry_field(telemetry_str(name, text))
	{
	}
	field(const char *name, const std::string &text) noexcept
		: ::telemetry_field(
			  telemetry_strn(name, text.data(), text.size()))
	{
	}
#if __cplusplus >= 201703L
	field(const char *name, std::string_view text) noexcept
		: ::telemetry_field(telemetry_strn(
			  name, text.data() ? text.data() : "", text.size()))
	{
	}
#endif

private:
	template <class T>
	static ::telemetry_field number(const char *name, T v) noexcept
	{
		return std::is_same<T, bool>::value
			       ? telemetry_bool(name, v != T())
		       : std::is_floating_point<T>::value
			       ? telemetry_f64(name, static_cast<double>(v))
		       : std::is_signed<T>::value
			       ? telemetry_i64(name, static_cast<int64_t>(v))
			       : telemetry_u64(name, static_cast<uint64_t>(v));
	}
};
static_assert(sizeof(field) == sizeof(::telemetry_field), "an array is both");

using fields = std::initializer_list<field>;

/*
 * telemetry_execute(): 0 whatever the handlers did, or -EINVAL.
 * Owns:    nothing: keys and texts are borrowed for the call.
 * Threads: any, several at once; the handlers run in the caller's.
 * From:    handlers, constructors, destructors; signal handlers as
 *          telemetry_execute().
 * Units:   the caller's.
 * Errors:  see above; nothing is thrown.
 */
inline int execute(const char *event, fields measurements = {},
		   fields metadata = {})
{
	return telemetry_execute(event, measurements.begin(),
				 measurements.size(), metadata.begin(),
				 metadata.size());
}

} // namespace telemetry

#endif
