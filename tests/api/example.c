#include <telemetry/telemetry.h>

static int pay(double amount)
{
	return amount < 100 ? 0 : -1;
}

int main(void)
{
	struct telemetry_field amount = TELEMETRY_F64("amount", 12.5);
	struct telemetry_field cart = TELEMETRY_I64("cart", 17);
	struct telemetry_span checkout;

	telemetry_span_begin(&checkout, "shop.checkout", &cart, 1);
	if (pay(12.5) == 0) {
		telemetry_execute("shop.order.placed", &amount, 1, &cart, 1);
		telemetry_span_end(&checkout, &amount, 1, NULL, 0);
	} else {
		telemetry_span_fail(&checkout, "pay", "declined", NULL, 0);
	}
}
