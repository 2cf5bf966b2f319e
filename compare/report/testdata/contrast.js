// The texts of the page that show with less contrast than 4.5 to 1 against the
// nearest background (WCAG 2.2, 1.4.3), each with its ratio.
(() => {
  const parse = color => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const background = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const ratio = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  const weak = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const e = text.parentElement;
    if (!text.data.trim() || !e.checkVisibility() || e.closest('title, desc')) continue;
    seen++;
    const style = getComputedStyle(e);
    const r = ratio(parse(e.closest('svg') ? style.fill : style.color), background(e));
    if (r < 4.5) weak.add(`${e.tagName}.${e.getAttribute('class') || ''} ${r.toFixed(2)}: ${text.data.trim().slice(0, 40)}`);
  }
  return seen ? [...weak] : ['no text is visible'];
})()
