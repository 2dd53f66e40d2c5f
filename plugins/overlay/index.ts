export { Overlay } from './overlay.js';
export { overlayOptions, type OverlayOptions } from './options.js';
