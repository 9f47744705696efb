#!/bin/sh
# sudo of a simulated machine, whose users may do everything anyway.
while :; do
  case $1 in
    -u) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *) break ;;
  esac
done
exec env "$@"
