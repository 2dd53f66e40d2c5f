/** Bytes per page, the unit of allocation. */
export const PAGE_SIZE = 4096;
/** Units of st_blocks (512 bytes) in a page. */
export const PAGE_BLOCKS = PAGE_SIZE / 512;

/** In place of a page number: nothing is allocated and zeros are read. */
export const HOLE = 0;
/** In place of a page number: counted as allocated by fallocate(2), but not written yet. */
export const RESERVED = -1;
/** As RESERVED, but data to lseek(2): tmpfs has it so when fallocate(2) comes over it again. */
export const ZEROED = -2;
