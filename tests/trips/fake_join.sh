#!/bin/sh
# A made-up client joins through nginx, worker and handlers: the quickest way
# to know that nothing basic is broken.
echo "skip fake_join: written with the server"
