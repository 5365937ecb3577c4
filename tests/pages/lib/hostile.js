// hostile: 200 texts that a machine may call itself to hurt whoever looks at it.
"use strict";

const COUNT = 200, LONGEST = 250;
const MARKUP = [
	"<script>document.hurt=1</script>",
	"</script><script>document.hurt=1</script>",
	"<img src=x onerror=document.hurt=1>",
	"<svg/onload=document.hurt=1>",
	"<svg><animate onbegin=document.hurt=1 attributeName=x dur=1s>",
	"<details open ontoggle=document.hurt=1>",
	"<iframe srcdoc='<script>parent.document.hurt=1</script>'>",
	"<math><mtext><style><img src onerror=document.hurt=1></style>",
	"<a href=javascript:document.hurt=1>x</a>",
	"<form action=//example.org><button>x",
	"<base href=//example.org/>",
	"<meta http-equiv=refresh content='0;url=//example.org'>",
	"<link rel=stylesheet href=//example.org/x.css>",
	"<style>*{display:none}</style>",
	"<textarea>", "</textarea>", "</title>", "<title>x", "</tr></table>",
	"</td><td>", "<!--", "-->", "<![CDATA[x]]>", "<?xml x?>", "<!DOCTYPE x>",
	"<plaintext>", "<noscript>", "<template>", "<b", "<", ">", "</", "<>",
];
const BREAKS = [
	"\" onmouseover=document.hurt=1 x=\"", "' onfocus=document.hurt=1 x='",
	"\" autofocus onfocus=document.hurt=1 \"", "`onload=document.hurt=1",
	"javascript:document.hurt=1", "&lt;script&gt;", "&#60;script&#62;",
	"&quot;&gt;<script>document.hurt=1</script>", "&amp;", "&", "&#0;",
	"\\\"><script>document.hurt=1</script>", "${document.hurt=1}",
	"{{document.hurt=1}}", "%3Cscript%3E", "+ADw-script+AD4-",
	"\\u003cscript\\u003e", "x\u2028document.hurt=1", "x\u2029y",
];
const ODD = [
	"'; DROP TABLE node; --", "1' OR '1'='1", "=cmd|' /C calc'!A0",
	"+1+1", "-1+1", "@SUM(1)", "../../etc/passwd", "%2e%2e%2f", "\r\nX: 1",
	"a\nb", "a\tb", "\u0001\u0008\u001b[31m", "\u007f", "\u0085x", "\u00a0",
	"\u202egnp.exe", "\u2066x\u2069", "\u200b", "\ufeff", "\ufffe",
	"\u0430dmin", "e\u0301\u0301\u0301\u0301\u0301\u0301", "👩‍💻", "𐀀", "مرحبا",
	"日本語", "x".repeat(LONGEST), "w ".repeat(120), "-", "--help", "0", "null",
	"undefined", "true", "NaN", "[object Object]", "__proto__",
	"constructor", "CON", "localhost", "127.0.0.1", "%s%s%n", "%00",
];

function hostile() {
	const found = new Set([...MARKUP, ...BREAKS, ...ODD]);

	for (const wrap of [t => "laptop" + t, t => t + t, t => t + "laptop",
		t => t.toUpperCase()])
		for (const t of [...MARKUP, ...BREAKS])
			if (found.size < COUNT && wrap(t).length <= LONGEST)
				found.add(wrap(t));
	return [...found].slice(0, COUNT);
}

module.exports = { hostile };
