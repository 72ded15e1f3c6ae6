/** Named characters that people and chat pages do write. Others stay as they are written. */
const NAMED: Readonly<Record<string, string>> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", copy: "©", reg: "®", trade: "™", hellip: "…", mdash: "—", ndash: "–",
  lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”", laquo: "«", raquo: "»", times: "×", middot: "·", bull: "•", deg: "°", euro: "€",
};

/** The character that `&…;` stands for, or the same text when it stands for none. */
export function decodeEntity(entity: string): string {
  const numeric = /^&#(?:x([0-9a-f]{1,6})|([0-9]{1,7}));$/i.exec(entity);
  if (!numeric) return NAMED[entity.slice(1, -1)] ?? entity;
  const code = numeric[1] ? parseInt(numeric[1], 16) : parseInt(numeric[2]!, 10);
  const shown = code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return shown ? String.fromCodePoint(code) : "\ufffd";
}
