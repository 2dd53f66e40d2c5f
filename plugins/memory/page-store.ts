import { Arena, ARENA_PAGES } from './arena.js';
import { PAGE_SIZE } from './page.js';

/** Milliseconds for which one empty arena is kept in case it is needed again. */
const SPARE_TIME = 1000;

/** All pages of a file system. A page is a positive number: its arena's times ARENA_PAGES plus its place in there. */
export class PageStore {
  /** From 1 on, so that no page is number 0. */
  private readonly arenas: (Arena | undefined)[] = [undefined];
  /** The arena in which the search for a free page goes on. */
  private current = 1;
  private spare = 0;

  /** A page, `goal` if that is free, with whatever it held before; 0 when this machine has no memory left. */
  allocate(goal: number): number {
    const page = this.isFree(goal) ? goal : this.find();
    if (page === 0) return 0;
    this.arenaOf(page).take(page % ARENA_PAGES);
    return page;
  }

  release(page: number): void {
    const arena = this.arenaOf(page);
    arena.give(page % ARENA_PAGES);
    if (arena.used === 0) this.retire(Math.floor(page / ARENA_PAGES));
  }

  /** The memory in which `page` lies, at `offset(page)`; pages with adjacent numbers may lie in different ones. */
  bytes(page: number): Uint8Array {
    return this.arenaOf(page).bytes;
  }
  offset(page: number): number {
    return (page % ARENA_PAGES) * PAGE_SIZE;
  }
  /** True when `page + 1` would lie right behind `page` in memory. */
  continues(page: number): boolean {
    return (page + 1) % ARENA_PAGES !== 0;
  }

  /** Fills a part of a page with zeros. */
  zero(page: number, start: number, end: number): void {
    const at = this.offset(page);
    this.bytes(page).fill(0, at + start, at + end);
  }

  /** Gives all memory back; no page may be used afterwards. */
  close(): void {
    for (const [index, arena] of this.arenas.entries()) if (arena) this.free(index);
  }

  private arenaOf(page: number): Arena {
    return this.arenas[Math.floor(page / ARENA_PAGES)]!;
  }

  private isFree(page: number): boolean {
    return this.arenas[Math.floor(page / ARENA_PAGES)]?.isFree(page % ARENA_PAGES) ?? false;
  }

  private find(): number {
    const { arenas } = this;
    for (let i = 0; i < arenas.length; i++) {
      const arena = arenas[this.current];
      if (arena && arena.used < ARENA_PAGES) return this.current * ARENA_PAGES + arena.find();
      this.current = (this.current + 1) % arenas.length;
    }
    return this.grow();
  }

  private grow(): number {
    try {
      const arena = new Arena();
      const vacant = this.arenas.indexOf(undefined, 1);
      this.current = vacant < 0 ? this.arenas.length : vacant;
      this.arenas[this.current] = arena;
      return this.current * ARENA_PAGES;
    } catch {
      return 0;
    }
  }

  /** Frees an arena that has become empty, but keeps one for a while: a file made and removed over and over is cheap. */
  private retire(index: number): void {
    if (this.spare === index) return;
    if (this.arenas[this.spare]?.used === 0) return this.free(index);
    if (this.spare === 0) setTimeout(() => this.freeSpare(), SPARE_TIME).unref();
    this.spare = index;
  }

  private freeSpare(): void {
    if (this.arenas[this.spare]?.used === 0) this.free(this.spare);
    this.spare = 0;
  }

  private free(index: number): void {
    this.arenas[index]!.free();
    this.arenas[index] = undefined;
  }
}
