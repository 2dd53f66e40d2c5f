/** Command lines that attach a virtual machine of one's own to a share; `--serve` is how to serve it again. */
export function attach(socket: string, tag: string, serve?: string): string {
  const lines = [
    ...serve ? ['Serve it again with', `  ${serve}`] : [],
    'Attach your own virtual machine with QEMU',
    '  qemu-system-x86_64 -m 1G -object memory-backend-memfd,id=mem,size=1G,share=on -numa node,memdev=mem \\',
    `    -chardev socket,id=fs,path=${socket} -device vhost-user-fs-pci,chardev=fs,tag=${tag},queue-size=1024 \\`,
    '    -drive file=YOUR-IMAGE.qcow2,if=virtio',
    'or cloud-hypervisor',
    `  cloud-hypervisor --memory size=1G,shared=on --fs tag=${tag},socket=${socket},num_queues=1,queue_size=1024 \\`,
    '    --kernel YOUR-KERNEL --disk path=YOUR-IMAGE.raw --cmdline "root=/dev/vda1 console=hvc0"',
    'and in it',
    `  mount -t virtiofs ${tag} /mnt`,
  ];
  return lines.join('\n');
}
