/** Facts beside each other with a dot between; what is false or null is left out. */
export function facts(...items: (string | Node | false | null)[]): (string | Node)[] {
  const said = items.filter((item) => item !== null && item !== false);
  return said.flatMap((item, index) => (index === 0 ? [item] : [' · ', item]));
}
