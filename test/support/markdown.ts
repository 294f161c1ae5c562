/** The code blocks of a Markdown text below a heading, up to the next heading: `{ language, text }`. */
export function codeBlocks(markdown: string, heading: string): { language: string; text: string }[] {
  const sections = markdown.split(/^(?=#{1,6} )/m);
  const section = sections.find((text) => text.split("\n")[0].replace(/^#+ /, "") === heading);
  if (section === undefined) throw new Error(`there is no heading ${JSON.stringify(heading)}`);
  return [...section.matchAll(/^```(\w*).*\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
    language,
    text,
  }));
}
