#include "fcgi/once.h"

#include "fcgi/html.h"

void
once_secret(struct request *r, const char *label, const char *secret)
{
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", "secret");
	html_text(r, label);
	html_end(r);
	html_void(r, "input", "type", "text", "readonly", "", "id", "secret",
		"class", "mono", "value", secret, "autocomplete", "off",
		"spellcheck", "false");
	html_begin(r, "button", "type", "button", "class", "plain", "data-copy",
		"#secret", "hidden", "");
	html_text(r, "Copy");
	html_end(r);
	html_end(r);
}
