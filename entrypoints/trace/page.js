// The page works without this: here are what titles say at once, and the opening of what a link leads to.
"use strict";

function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  target.scrollIntoView({ block: "nearest" });
}
addEventListener("hashchange", reveal);
addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) reveal(); // or the same link would do nothing the second time
});
reveal();

let tip;
function hide() {
  if (tip) tip.remove();
  tip = undefined;
}
function show(event) {
  hide();
  const about = event.target.closest && event.target.closest("[title], [data-tip]");
  if (!about) return;
  if (about.title) {
    about.dataset.tip = about.title;
    about.setAttribute("aria-label", about.title);
    about.removeAttribute("title");
  }
  tip = document.createElement("div");
  tip.className = "tip";
  tip.textContent = about.dataset.tip;
  document.body.append(tip);
  const box = about.getBoundingClientRect();
  const middle = event.clientX || box.left + box.width / 2;
  const left = Math.max(8, Math.min(middle - tip.offsetWidth / 2, innerWidth - tip.offsetWidth - 8));
  const below = box.bottom + 8 + tip.offsetHeight < innerHeight;
  tip.style.left = `${left + scrollX}px`;
  tip.style.top = `${scrollY + (below ? box.bottom + 8 : box.top - 8 - tip.offsetHeight)}px`;
}
addEventListener("mouseover", show);
addEventListener("focusin", show);
addEventListener("mouseout", hide);
addEventListener("focusout", hide);
