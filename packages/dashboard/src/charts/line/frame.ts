/** The place of a line, in CSS pixels. */
export const LINE_HEIGHT = 260;
export const LINE_MARGIN = { marginTop: 20, marginLeft: 44, marginRight: 12, marginBottom: 36 };
