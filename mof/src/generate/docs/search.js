"use strict";
// A class is shown if its head, or one of its properties and methods together with its name, has all words.
const field = document.getElementById("search");
const count = document.getElementById("count");
const tree = document.getElementById("tree");
const links = document.querySelectorAll("nav li");
const textOf = element => element.textContent.toLowerCase();
const classes = Array.from(document.querySelectorAll("main > section"), (section, place) => ({
    section,
    link: links[place],
    about: textOf(section.querySelector(".about")),
    items: Array.from(section.querySelectorAll(".item"), item => ({
        item,
        text: section.id.toLowerCase() + " " + textOf(item),
    })),
}));
function filter() {
    const words = field.value.toLowerCase().split(/\s+/).filter(word => word);
    const fits = text => words.every(word => text.includes(word));
    let shown = 0;
    for (const { section, link, about, items } of classes) {
        const whole = fits(about);
        let found = whole;
        for (const { item, text } of items) {
            item.hidden = !whole && !fits(text);
            found ||= !item.hidden;
        }
        section.hidden = link.hidden = !found;
        shown += found;
    }
    tree.hidden = words.length > 0;
    count.textContent = shown + " of " + classes.length + " classes";
}
field.addEventListener("input", filter);
// A link leads to its class even if the search hides it.
window.addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.hidden) {
        field.value = "";
        filter();
        target.scrollIntoView();
    }
});
filter();
