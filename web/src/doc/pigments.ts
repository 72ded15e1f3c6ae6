/** The twelve pigments of tokens.css, in file order: neighbours differ most, so a new tag takes the next one. */
export const PIGMENTS = [
  "malachite", "orpiment", "vermilion", "lapis", "orchil", "azurite", "ochre", "folium", "verdigris", "weld", "madder", "sepia",
] as const;

export type Pigment = (typeof PIGMENTS)[number];

/** The line each pigment draws, so that colour is never the only sign; as in tokens.css. */
export const LINE: Readonly<Record<Pigment, string>> = {
  malachite: "solid", orpiment: "dashed", vermilion: "wavy", lapis: "double", orchil: "dotted", azurite: "solid",
  ochre: "dashed", folium: "wavy", verdigris: "dotted", weld: "double", madder: "solid", sepia: "dotted",
};

/** The first pigment that the fewest tags have. */
export function nextPigment(used: readonly Pigment[]): Pigment {
  const count = (pigment: Pigment) => used.filter((u) => u === pigment).length;
  return PIGMENTS.reduce((best, pigment) => (count(pigment) < count(best) ? pigment : best));
}
