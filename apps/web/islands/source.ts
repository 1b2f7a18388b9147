// What a page hands to an island: JSON in a script element, named by the island's `source` attribute.

/** The JSON of the script element with the id in `host`'s `source` attribute; undefined where there is none. */
export function readSource(host: HTMLElement): unknown {
  const id = host.getAttribute("source");
  const text = id === null ? null : document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as unknown) : undefined;
}

/** Apply properties that were set before the browser knew the element. */
export function adoptEarly(host: HTMLElement, names: readonly string[]): void {
  for (const name of names) {
    const early = Object.getOwnPropertyDescriptor(host, name);
    if (early && Reflect.deleteProperty(host, name)) Reflect.set(host, name, early.value);
  }
}
