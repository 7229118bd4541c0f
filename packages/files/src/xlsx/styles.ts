const FORMATS = { decimal: '0.00##', date: 'yyyy-mm-dd', time: 'yyyy-mm-dd hh:mm:ss' };

/** Own formats have numbers from 164 on. `text` keeps a cell a text if a person edits it. */
const NUMBERS = { text: 49, whole: 1, decimal: 164, date: 165, time: 166 };

/** The places of the styles in `styles.xml`. */
export const STYLES = {
  plain: 0,
  heading: 1,
  text: 2,
  whole: 3,
  decimal: 4,
  date: 5,
  time: 6,
  prose: 7,
} as const;

const format = (number: number) =>
  `<xf numFmtId="${number}" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/>`;

/** `xl/styles.xml`. */
export const STYLES_XML = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<numFmts count="3">${Object.entries(FORMATS)
  .map(([name, code]) => `<numFmt numFmtId="${NUMBERS[name as keyof typeof FORMATS]}" formatCode="${code}"/>`)
  .join('')}</numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="8"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>
<xf numFmtId="${NUMBERS.text}" fontId="1" fillId="0" borderId="0" applyNumberFormat="1" applyFont="1"/>
${[NUMBERS.text, NUMBERS.whole, NUMBERS.decimal, NUMBERS.date, NUMBERS.time].map(format).join('')}
<xf numFmtId="${NUMBERS.text}" fontId="0" fillId="0" borderId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>
</cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>`;
