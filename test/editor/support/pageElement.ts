/**
 * As much of the page's elements as our functions for `evaluateAll` use. Such a function is sent to the page as
 * text: it may use nothing from outside, nor give a name to a function inside it.
 */
export interface PageElement {
  getAttribute(name: string): string | null;
  querySelector(selector: string): { readonly textContent: string } | null;
}
