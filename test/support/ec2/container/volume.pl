#!/usr/bin/perl
# A volume of a machine: a loop device that ends with this process, and its node at /run/devices.
#
# usage: volume.pl NAME FILE LEADER    LEADER: process id of the machine's first process
# Prints "ready". Then each line of standard input is a folder of the machine's at which to mount the volume, and the
# answer is "mounted", or what went wrong.
use strict;
use warnings;
use Fcntl qw(O_RDWR);
use POSIX ();

# Linux: linux/loop.h, linux/mount.h, x86's and arm64's numbers of the same system calls.
use constant {
    LOOP_CTL_GET_FREE => 0x4C82, LOOP_CONFIGURE => 0x4C0A, LO_FLAGS_AUTOCLEAR => 4,
    open_tree => 428, move_mount => 429, mount_setattr => 442,
    AT_FDCWD => -100, AT_EMPTY_PATH => 0x1000, OPEN_TREE_CLONE => 1, MOVE_MOUNT_F_EMPTY_PATH => 4,
    MOUNT_ATTR_IDMAP => 0x100000, CLONE_NEWNS => 0x20000,
};
my $setns = (POSIX::uname())[4] eq 'aarch64' ? 268 : 308;

my ($name, $file, $leader) = @ARGV;
my $node = "/run/devices/$name";
$| = 1;

sysopen(my $backing, $file, O_RDWR) or die "$file: $!\n";
my ($loop, $number) = loop_device();
unlink $node;
system('mknod', $node, 'b', 7, $number) == 0 or die "mknod $node failed\n";
open(my $map, '<', "/proc/$leader/uid_map") or die "uid_map: $!\n";
my (undef, $root) = split ' ', <$map>;
chown $root, $root, $node or die "chown $node: $!\n";
chmod 0600, $node;
print "ready\n";
while (my $folder = <STDIN>) {
    chomp $folder;
    my $problem = mount_at($folder);
    print $problem eq '' ? "mounted\n" : "$problem\n";
}

# The kernel clears it when nobody has it open or mounted any more.
sub loop_device {
    sysopen(my $control, '/dev/loop-control', O_RDWR) or die "/dev/loop-control: $!\n";
    for (1 .. 50) {
        my $free = ioctl($control, LOOP_CTL_GET_FREE, 0) // die "no free loop device: $!\n";
        $free = int $free;
        sysopen(my $device, "/dev/loop$free", O_RDWR) or die "/dev/loop$free: $!\n";
        my $configuration = pack('L L x40 L4 x240', fileno($backing), 0, 0, 0, 0, LO_FLAGS_AUTOCLEAR);
        return ($device, $free) if ioctl($device, LOOP_CONFIGURE, $configuration);
        # Somebody was faster.
        die "LOOP_CONFIGURE: $!\n" unless $!{EBUSY};
    }
    die "other programs take each free loop device\n";
}

# The owners of files are as the machine sees them.
sub mount_at {
    my ($folder) = @_;
    my $here = '/run/volume';
    mkdir $here;
    system('mount', '-t', 'ext4', $node, $here) == 0 or return "mount $node failed";
    my $tree = syscall(open_tree, AT_FDCWD, $here, OPEN_TREE_CLONE);
    my $error = "$!";
    system('umount', $here) == 0 or return "umount $here failed";
    return "open_tree: $error" if $tree < 0;
    my $pid = fork // return "fork: $!";
    if ($pid == 0) {
        open(my $users, '<', "/proc/$leader/ns/user") or die "user namespace: $!\n";
        open(my $mounts, '<', "/proc/$leader/ns/mnt") or die "mount namespace: $!\n";
        my $attributes = pack('Q4', MOUNT_ATTR_IDMAP, 0, 0, fileno($users));
        syscall(mount_setattr, $tree, my $empty = "", AT_EMPTY_PATH, $attributes, length $attributes) == 0
            or die "mount_setattr: $!\n";
        syscall($setns, fileno($mounts), CLONE_NEWNS) == 0 or die "setns: $!\n";
        syscall(move_mount, $tree, $empty, AT_FDCWD, $folder, MOVE_MOUNT_F_EMPTY_PATH) == 0
            or die "move_mount to $folder: $!\n";
        POSIX::_exit(0);
    }
    waitpid $pid, 0;
    POSIX::close($tree);
    return $? == 0 ? '' : "$folder could not be mounted";
}
