#!/usr/bin/perl
# Written by remote-docker. All that a client's SSH key leads to: what `docker system dial-stdio` does, through the front
# door, which admits, limits and logs the client by its key's fingerprint.
#
# usage: dial FINGERPRINT
use strict;
use warnings;
use Socket;

my ($fingerprint) = @ARGV;
my $from = join "/", (split / /, $ENV{SSH_CONNECTION} // "")[0, 1];
(my $socket = $0) =~ s{[^/]*$}{door/socket};
socket my $door, PF_UNIX, SOCK_STREAM, 0 or die "remote-docker: $!\n";
connect $door, pack_sockaddr_un($socket)
  or die "remote-docker: the front door doesn't answer: $!\n";

# PROXY protocol, version 2: the addresses say nothing, the authority (2) and the unique id (5) who comes from where.
my $who = join "", map { pack "C n/a*", @$_ } [2, $fingerprint], [5, $from];
write_all($door, "\r\n\r\n\0\r\nQUIT\n" . pack("C2 n N2 n2", 0x21, 0x11, 12 + length $who, (0x7f000001) x 2, 0, 0) . $who);

my $child = fork // die "remote-docker: $!\n";
if ($child == 0) {
  pump(\*STDIN, $door);
  shutdown $door, 1;
  exit;
}
my $received = pump($door, \*STDOUT);
kill "TERM", $child;
exit if $received;
print STDERR "remote-docker: the front door ended the connection: this client was removed, or has too many\n";
exit 1;

sub pump {
  my ($source, $target) = @_;
  my $total = 0;
  while (1) {
    my $count = sysread $source, my $data, 65536;
    next if !defined $count && $!{EINTR};
    return $total if !$count;
    $total += $count;
    write_all($target, $data);
  }
}

sub write_all {
  my ($target, $data) = @_;
  while (length $data) {
    my $count = syswrite $target, $data;
    next if !defined $count && $!{EINTR};
    exit 1 if !defined $count;
    substr $data, 0, $count, "";
  }
}
