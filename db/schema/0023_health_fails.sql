-- Version 23: since when a check fails that may be unknown for a while.

ALTER TABLE health ADD COLUMN fails_since INTEGER NOT NULL DEFAULT 0;
UPDATE health SET fails_since = since WHERE state = 'fail';
