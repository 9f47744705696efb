#!/bin/sh
# shutdown, poweroff, halt, reboot, systemctl and service of a simulated machine, by the name it is called by.
# PID 1 ends the machine on USR1 and asks for another boot on USR2.
off() { kill -s USR1 1; }
again() { kill -s USR2 1; }
ssh_service() {
  case $1 in
    start) ;;
    restart | reload) kill -s HUP "$(cat /run/sshd.pid)" ;;
    *) echo "$name: only start, restart and reload of ssh are known on this machine" >&2; exit 1 ;;
  esac
}

name=${0##*/}
case "$name $*" in
  poweroff* | halt* | 'systemctl poweroff'* | 'systemctl halt'*) off ;;
  reboot* | 'systemctl reboot'* | 'shutdown -r'*) again ;;
  shutdown*) off ;;
  'service ssh '* | 'service sshd '*) ssh_service "$2" ;;
  'systemctl '*' ssh' | 'systemctl '*' sshd' | 'systemctl '*' ssh.service') ssh_service "$1" ;;
  *) echo "$name: this machine has no $*" >&2; exit 1 ;;
esac
