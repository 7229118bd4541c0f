/** Widths are multiples of this many pixels: a window that is being resized must not draw each pixel. */
export const WIDTH_STEP = 8;
