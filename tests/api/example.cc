#include <stdexcept>
#include <telemetry/telemetry.hpp>

static void pay(double amount)
{
	if (amount > 100)
		throw std::range_error("too much");
}

static void order(int cart, double amount)
{
	telemetry::span checkout("shop.checkout", {{"cart", cart}});

	pay(amount);
	telemetry::execute("shop.order.placed", {{"amount", amount}}, {{"cart", cart}});
}

int main()
{
	order(17, 12.5);
	try { order(18, 1250); } catch (const std::exception &) {}
}
