#!/bin/sh
# Process ids count up, so every third request fails.
if [ $(($$ % 3)) -eq 0 ]; then
  printf 'Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\nunlucky\n'
else
  printf 'Content-Type: text/plain\r\n\r\nhello\n'
fi
