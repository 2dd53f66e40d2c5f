import { copyUps } from './overlay-copy-up.js';
import { inodes } from './overlay-inodes.js';
import { overlayLinks } from './overlay-links.js';
import { overlayListings } from './overlay-listings.js';
import { merges } from './overlay-merge.js';
import { readonlyOverlays } from './overlay-readonly.js';
import { overlayRenames } from './overlay-rename.js';
import { whiteouts } from './overlay-whiteouts.js';
import { overlayXattrs } from './overlay-xattr.js';

/** What file systems that are laid over each other show together. */
export const overlays = [merges, whiteouts, copyUps, overlayRenames, overlayLinks, inodes, overlayListings, overlayXattrs, readonlyOverlays].flat();
