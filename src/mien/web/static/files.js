// Files by button, by drop and by paste.

/**
 * Call `onFiles` with what is dropped on `panel` (`zone` is marked meanwhile), chosen by a button whose
 * `data-choose` names `input`, or, where `paste` is set, pasted while the panel is in sight.
 */
export function acceptFiles({ panel, zone, input, paste = false, onFiles }) {
  const take = (list) => list?.length && onFiles([...list]);
  for (const button of panel.querySelectorAll(`[data-choose="${input.id}"]`))
    button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take(input.files);
    input.value = ""; // the same file may be chosen again
  });
  panel.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  panel.addEventListener(
    "dragleave",
    (event) => panel.contains(event.relatedTarget) || zone.classList.remove("over"),
  );
  panel.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take(event.dataTransfer.files);
  });
  if (paste) document.addEventListener("paste", (event) => panel.hidden || take(event.clipboardData.files));
}

/** A file dropped beside a panel must not make the browser leave the page. */
export function keepPage() {
  for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => event.preventDefault());
}
