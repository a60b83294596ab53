/*
 * <telemetry/handler.hpp> - telemetry::attach(), a part of
 * <telemetry/telemetry.hpp>.
 */
#ifndef TELEMETRY_HANDLER_HPP
#define TELEMETRY_HANDLER_HPP

#include <telemetry/telemetry.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <cxxabi.h>
#include <initializer_list>
#include <new>
#include <sched.h>
#include <type_traits>
#include <utility>

namespace telemetry
{
namespace detail
{

/* What the shim calls, owned by it and by the attachment together. */
struct target {
	std::atomic<int> owners{ 2 };
	std::atomic<unsigned int> inside{ 0 };
	std::atomic<bool> closed{ false };
	char id[TELEMETRY_NAME_MAX + 1];

	virtual ~target() {}
	virtual int call(const char *event,
			 const telemetry_fields &measurements,
			 const telemetry_fields &metadata) = 0;

	static void release(void *config) noexcept
	{
		target *self = static_cast<target *>(config);

		if (--self->owners == 0)
			delete self;
	}
	static int enter(const char *event,
			 const telemetry_fields *measurements,
			 const telemetry_fields *metadata, void *config)
	{
		struct visit {
			target &to;
			explicit visit(target &t) : to(t) { ++to.inside; }
			~visit() { --to.inside; }
		} here(*static_cast<target *>(config));

		if (here.to.closed)
			return 0;
#ifdef __cpp_exceptions
		try {
			return here.to.call(event, *measurements, *metadata);
		}
#ifdef __GLIBCXX__
		catch (abi::__forced_unwind &) { /* the thread ends */
			throw;
		}
#endif
		catch (...) {
			return -ECANCELED;
		}
#else
		return here.to.call(event, *measurements, *metadata);
#endif
	}
};

template <class F> struct callable final : target {
	F function;

	template <class G>
	explicit callable(G &&g) : function(std::forward<G>(g))
	{
	}
	int call(const char *event, const telemetry_fields &measurements,
		 const telemetry_fields &metadata) override
	{
		return result(std::is_void<decltype(function(
				      event, measurements, metadata))>(),
			      event, measurements, metadata);
	}

private:
	template <class... A> int result(std::true_type, const A &...arguments)
	{
		function(arguments...);
		return 0;
	}
	template <class... A> int result(std::false_type, const A &...arguments)
	{
		return function(arguments...);
	}
};

} // namespace detail

/*
 * A handler that is attached for as long as this lives.  detach() and the
 * destructor wait until no thread is inside the callable and none will be; not
 * so inside a handler (of any event), where they only see to it that no call
 * begins.  The callable is destroyed when neither this nor the shim needs it.
 * Owns:    a share of the callable.
 * Threads: an object is for one at a time.
 * From:    handlers, see above; constructors; not signal handlers.
 * Units:   none.
 * Errors:  error(); nothing is thrown.
 */
class attachment
{
public:
	attachment() noexcept {}
	attachment(detail::target *t, int error_number) noexcept
		: to(t), result(error_number)
	{
	}
	attachment(attachment &&other) noexcept
		: to(other.to), result(other.result)
	{
		other.to = nullptr;
	}
	attachment &operator=(attachment &&other) noexcept
	{
		std::swap(to, other.to);
		std::swap(result, other.result);
		return *this;
	}
	~attachment() { detach(); }
	/* 0, or what telemetry_attach_many() returned. */
	int error() const noexcept { return result; }
	void detach() noexcept
	{
		int got = 0;

		if (!to)
			return;
		to->closed = true;
		/* Unless the shim has let go of it, after a failure. */
		if (to->owners == 2)
			got = telemetry_detach_wait(to->id);
		if (got == -EDEADLK)
			telemetry_detach(to->id);
		while (got != -EDEADLK && to->inside != 0)
			sched_yield();
		release();
	}
	/* Leaves the handler attached. */
	void release() noexcept
	{
		if (to)
			detail::target::release(to);
		to = nullptr;
	}

private:
	detail::target *to = nullptr;
	int result = 0;
};

/*
 * telemetry_attach_many() for a callable: (const char *event, const
 * telemetry_fields &measurements, const telemetry_fields &metadata), returning
 * nothing, or 0; it may be called by several threads at once.  One that throws
 * or returns something else has failed, see telemetry_handler.  With libc++ it
 * may not end its thread.
 * Owns:    a copy of the callable, id and names; what the callable refers to
 *          is the caller's.
 * Threads: any, several at once.
 * From:    handlers, constructors; not signal handlers.
 * Units:   as the event has them.
 * Errors:  attachment::error(); what copying the callable throws is thrown.
 */
template <class F>
__attribute__((warn_unused_result)) attachment
attach(const char *id, std::initializer_list<const char *> events, F &&function,
       enum telemetry_policy policy = TELEMETRY_DETACH)
{
	using callable = detail::callable<typename std::decay<F>::type>;
	struct telemetry_attach_options options = telemetry_attach_options();

	if (!telemetry_is_loaded())
		return attachment(nullptr, 0);
	if (!id || std::strlen(id) > TELEMETRY_NAME_MAX || events.size() == 0)
		return attachment(nullptr, -EINVAL);
	detail::target *to =
		new (std::nothrow) callable(std::forward<F>(function));
	if (!to)
		return attachment(nullptr, -ENOMEM);
	std::memcpy(to->id, id, std::strlen(id) + 1);
	options.struct_size = sizeof(options);
	options.policy = policy;
	options.destroy = detail::target::release;
	int attached =
		telemetry_attach_many(id, events.begin(), events.size(),
				      detail::target::enter, to, &options);
	if (attached == 0)
		return attachment(to, 0);
	delete to;
	return attachment(nullptr, attached);
}

template <class F>
__attribute__((warn_unused_result)) attachment
attach(const char *id, const char *event, F &&function,
       enum telemetry_policy policy = TELEMETRY_DETACH)
{
	return attach(id, { event }, std::forward<F>(function), policy);
}

} // namespace telemetry

#endif
