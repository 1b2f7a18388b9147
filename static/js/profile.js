// The profile page: counts characters, previews words and picture, and refuses a bad picture before it is sent.
const LARGEST = 1_048_576;
const TYPES = ["image/png", "image/jpeg"];
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

function part(name) {
  return document.querySelector(`[data-${name}]`);
}

for (const count of document.querySelectorAll("[data-count-for]")) {
  const field = document.getElementById(count.dataset.countFor);
  const limit = Number(count.dataset.limit);
  const shown = part(`card-${count.dataset.countFor}`);
  const draw = () => {
    const length = [...graphemes.segment(field.value.trim())].length;
    count.textContent = `${length} of ${limit}`;
    count.toggleAttribute("data-over", length > limit);
    shown.textContent = field.value;
  };
  field.addEventListener("input", draw);
  draw();
}

const form = part("picture");
if (form) {
  const input = form.elements.namedItem("image");
  const drop = input.closest(".drop");
  const said = form.querySelector("[data-picture-words]");
  const error = form.querySelector("[data-picture-error]");
  const image = part("card-image");
  const before = { source: image.src, hidden: image.hidden };
  const emblem = image.previousElementSibling;

  const show = (source, hidden) => {
    if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
    image.src = source;
    image.hidden = hidden;
    emblem.toggleAttribute("hidden", !hidden);
  };
  const refuse = (words) => {
    error.textContent = words;
    error.hidden = words === "";
    if (words === "") return;
    input.value = "";
    show(before.source, before.hidden);
    said.textContent = "or drop one here.";
  };
  const fault = (file) => {
    if (!TYPES.includes(file.type)) return "Choose a PNG or JPEG picture.";
    if (file.size > LARGEST) return `This picture is ${(file.size / LARGEST).toFixed(1)} MiB; 1 MiB is the most.`;
    return "";
  };
  input.addEventListener("change", () => {
    const file = input.files[0];
    if (!file) return;
    refuse(fault(file));
    if (!input.files[0]) return;
    said.textContent = `${file.name}, ${Math.ceil(file.size / 1000)} kB`;
    show(URL.createObjectURL(file), false);
  });
  image.addEventListener("error", () => refuse("This file cannot be read as a picture."));
  for (const kind of ["dragenter", "dragover"]) input.addEventListener(kind, () => drop.setAttribute("data-over", ""));
  for (const kind of ["dragleave", "drop"]) input.addEventListener(kind, () => drop.removeAttribute("data-over"));
}
