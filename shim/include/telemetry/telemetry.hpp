/*
 * <telemetry/telemetry.hpp> - events, spans and handlers for C++11 and later.
 *
 *   telemetry::execute("shop.orders.placed", {{"amount", 12.5}},
 *                      {{"customer", name}});
 *
 *   telemetry::span checkout("shop.checkout", {{"cart", id}});
 *
 *   auto orders = telemetry::attach("audit", "shop.orders.placed",
 *       [&](const char *, const telemetry_fields &measurements,
 *           const telemetry_fields &) { total += measurements.count; });
 *
 * Header only, nothing to link; builds with -fno-exceptions and -fno-rtti.
 * Without libtelemetry_shim.so preloaded everything here does nothing.  It says
 * the same as <telemetry/telemetry.h>, and the same rules hold: any thread,
 * inside handlers, before main and during exit; not in a signal handler.
 * Nothing here throws, but what a callable of the program throws.
 */
#ifndef TELEMETRY_TELEMETRY_HPP
#define TELEMETRY_TELEMETRY_HPP

#include <telemetry/field.hpp>
#include <telemetry/handler.hpp>
#include <telemetry/span.hpp>

#endif
