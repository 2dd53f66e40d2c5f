/** dev_t as FUSE has it: 12 bits of major number among 20 of minor; new_encode_dev of the kernel (include/linux/kdev_t.h). */
export const majorOf = (device: number): number => (device >>> 8) & 0xfff;
export const minorOf = (device: number): number => (device & 0xff) | ((device >>> 12) & 0xfff00);
export const deviceNumber = (major: number, minor: number): number => ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)) >>> 0;
