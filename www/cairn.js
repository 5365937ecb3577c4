// cairn.js: makes pages live; everything works without it.
"use strict";
