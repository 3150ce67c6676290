// The study room in the browser. Reading (threads, board) is htmx; writing and the live stream are here, because a text
// that somebody typed must outlive every failure.
(() => {
  "use strict";
  const body = document.body;
  const words = JSON.parse(body.dataset.words);
  const $ = (what, within = document) => within.querySelector(what);
  const $$ = (what, within = document) => [...within.querySelectorAll(what)];
  const TOGETHER = 300, NEAR = 140;

  // ------------------------------------------------------------ sending

  const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");

  /** Sends a form's values. Resolves to the answer, or to null after saying what went wrong. */
  async function send(address, values, say = toast) {
    if (!values.has("nonce")) values.set("nonce", nonce());
    let response, answer = {};
    try {
      response = await fetch(address, { method: "POST", body: values, headers: { Accept: "application/json" } });
      answer = await response.json();
    } catch {
      say(words.again);
      return null;
    }
    if (!response.ok) {
      say(answer.notice || words.again);
      return null;
    }
    if (answer.notice) say(answer.notice);
    if (answer.dialog) openDialog(answer.dialog);
    return answer;
  }

  let toastTimer;
  function toast(text) {
    const place = $("#toast");
    place.textContent = text;
    place.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => (place.hidden = true), 7000);
  }

  /** A notice beside a form, so that it stands where the eyes are. */
  const sayIn = (form) => (text) => {
    const place = $("[data-notice]", form);
    place.textContent = text;
    place.hidden = !text;
  };

  const values = (pairs) => {
    const made = new FormData();
    for (const [name, value] of Object.entries(pairs)) made.set(name, value);
    return made;
  };

  // ------------------------------------------------------------ dialogs

  const dialog = $("#dialog");

  function openDialog(html) {
    dialog.innerHTML = html;
    const form = $("form", dialog);
    if ("keep" in form.dataset) for (const field of $$("textarea", form)) {
      const draft = sessionStorage.getItem(draftKey(form, field));
      if (draft) field.value = draft;
    }
    dialog.showModal();
    const first = $("textarea, select, input:not([type=hidden])", form) || $("button.primary, button.danger", form);
    first?.focus();
  }

  const draftKey = (form, field) => `form:${body.dataset.me}:${form.dataset.form}:${field.name}`;

  dialog.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && "keep" in form.dataset) sessionStorage.setItem(draftKey(form, event.target), event.target.value);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-dialog]")) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form?.requestSubmit();
  });
  dialog.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target, button = $("button.primary, button.danger", form);
    const none = $$("[data-one-of]", form).find((group) => !$("input:checked", group));
    if (none) {
      sayIn(form)(words.chooseOne);
      return $("input", none).focus();
    }
    button.disabled = true;
    const answer = await send(form.action, new FormData(form), sayIn(form));
    button.disabled = false;
    if (!answer) return;
    for (const field of $$("textarea", form)) sessionStorage.removeItem(draftKey(form, field));
    dialog.close();
    showThreadOf(form.dataset.form);
  });

  /** An answer by form stands in its question's thread, and so does the comment on it. */
  function showThreadOf(answered) {
    const asked = answered && $(`.main [data-code="sb1:${answered}"]`)?.closest(".message");
    if (asked && !$(`[data-thread="${asked.dataset.id}"]`)) $(".to-thread", asked)?.click();
  }

  function askToDelete(id) {
    const form = document.createElement("form");
    form.className = "dialog";
    form.method = "post";
    form.action = `/m/${id}/delete`;
    const text = document.createElement("p");
    text.textContent = words.deleteAsk;
    const notice = Object.assign(document.createElement("p"), { className: "notice", hidden: true });
    notice.dataset.notice = "";
    const foot = document.createElement("footer");
    const cancel = Object.assign(document.createElement("button"), { type: "button", className: "secondary", textContent: words.cancel });
    cancel.dataset.closeDialog = "";
    foot.append(cancel, Object.assign(document.createElement("button"), { className: "danger", textContent: words.delete }));
    form.append(text, notice, foot);
    openDialog(form.outerHTML);
  }

  // ------------------------------------------------------------ lists of messages

  const element = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  };

  /** Puts a message where it belongs, or in the place of its older self. */
  function put(list, item) {
    const old = document.getElementById(item.id);
    if (old?.classList.contains("editing")) return;
    const hadFocus = old?.contains(document.activeElement);
    if (old) {
      old.replaceWith(item);
    } else {
      const after = $$(":scope > .message", list).find((one) => Number(one.dataset.id) > Number(item.dataset.id));
      list.insertBefore(item, after || null);
      item.classList.add("fresh");
    }
    window.htmx?.process(item);
    if (hadFocus) $("button, a", item)?.focus();
  }

  /** Which messages share a head, and where a day begins. */
  function regroup(list) {
    let above = null;
    for (const item of $$(":scope > .message", list)) {
      const sameDay = above && above.dataset.day === item.dataset.day;
      const plain = above && ![above, item].some((one) => one.matches(".card")) && !$(".quote", item);
      const same = above && above.dataset.author === item.dataset.author && above.matches(".private") === item.matches(".private");
      item.classList.toggle("new-day", !sameDay);
      item.classList.toggle("joins", Boolean(sameDay && plain && same && item.dataset.at - above.dataset.at < TOGETHER));
      above = item;
    }
    const empty = $("[data-empty]", list.closest("[data-scroll]"));
    if (empty) empty.hidden = Boolean(above);
  }

  const panelOf = (list) => list.closest(".main, .thread");
  const nearEnd = (area) => area.scrollHeight - area.scrollTop - area.clientHeight < NEAR;

  function toEnd(area, smooth = false) {
    area.scrollTo({ top: area.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    atEnd.add(area);
    $("[data-down]", area.parentElement).hidden = true;
  }

  /** Who reads the end stays at the end when the room around the list changes; who reads above is left there. */
  const atEnd = new WeakSet();
  const sizes = new ResizeObserver((changes) => {
    for (const { target } of changes) if (target.isConnected && atEnd.has(target)) toEnd(target);
  });

  document.addEventListener("scroll", ({ target }) => {
    if (!target.matches?.("[data-scroll]")) return;
    if (!nearEnd(target)) return atEnd.delete(target);
    atEnd.add(target);
    $("[data-down]", target.parentElement).hidden = true;
  }, true);

  // ------------------------------------------------------------ the live stream

  let unseen = 0;
  const title = document.title;

  function arrive(news) {
    if (news.channel !== body.dataset.channel) return;
    const thread = $("[data-thread]");
    if (news.room && !news.mine) requestAnimationFrame(() => $(`#m-${news.id} .to-thread`)?.click());
    if (news.thread && news.thread !== thread?.dataset.thread) return refreshBeside();
    const list = news.thread ? $("[data-list]", thread) : $("#stream");
    const area = list.closest("[data-scroll]"), follow = nearEnd(area) || news.mine;
    if (!news.html) {
      document.getElementById(`m-${news.id}`)?.remove();
    } else {
      const isNew = !document.getElementById(`m-${news.id}`);
      put(list, element(news.html));
      if (isNew) announce(list, area, follow);
    }
    if (!news.thread && news.id === thread?.dataset.thread) refreshRoot(news);
    regroup(list);
    refreshBeside();
  }

  function announce(list, area, follow) {
    if (follow) requestAnimationFrame(() => toEnd(area));
    else $("[data-down]", panelOf(list)).hidden = false;
    if (document.hidden) document.title = `(${++unseen}) ${title}`;
  }

  /** The head of an open thread follows its message in the channel. */
  function refreshRoot(news) {
    if (!news.html) return closeThread();
    const root = element(news.html);
    root.id = `root-${news.id}`;
    $(".to-thread", root)?.remove();
    $(".tools [hx-get]", root)?.remove();
    put($("[data-root]"), root);
    const replies = $("[data-replies]");
    if (replies) replies.textContent = news.replies;
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.title = title;
    if (!document.hidden) unseen = 0;
  });

  let seq = Number(body.dataset.seq), besideTimer;

  function refreshBeside() {
    clearTimeout(besideTimer);
    besideTimer = setTimeout(() => window.htmx?.trigger("#beside", "refresh"), 600);
  }
  setInterval(refreshBeside, 60000);

  function listen() {
    const source = new EventSource(`/events?since=${seq}`);
    source.addEventListener("message", (event) => {
      seq = Math.max(seq, Number(event.lastEventId));
      arrive(JSON.parse(event.data));
    });
    source.addEventListener("open", () => ($("[data-lost]").hidden = true));
    source.addEventListener("error", () => {
      setTimeout(() => ($("[data-lost]").hidden = source.readyState === EventSource.OPEN), 2500);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(listen, 3000);
    });
    addEventListener("pagehide", () => source.close());
  }

  addEventListener("pageshow", (event) => event.persisted && location.reload());

  // ------------------------------------------------------------ threads

  document.addEventListener("htmx:after:swap", () => {
    const thread = $("#thread");
    const area = $("[data-thread]", thread);
    if (!area || area.dataset.ready) return;
    area.dataset.ready = "yes";
    readyComposers();
    sizes.observe(area);
    toEnd(area);
    $("textarea", thread).focus({ preventScroll: true });
  });

  function closeThread() {
    const id = $("[data-thread]")?.dataset.thread;
    $("#thread").replaceChildren();
    history.pushState({ htmx: true }, "", `/c/${body.dataset.channel}`);
    (document.querySelector(`#m-${id} .to-thread`) || $(".main textarea")).focus();
  }

  // ------------------------------------------------------------ what can be clicked

  document.addEventListener("click", async (event) => {
    const at = (what) => event.target.closest(what);
    for (const open of $$("details.more[open]")) if (!open.contains(event.target)) open.open = false;
    let found;
    if ((found = at("[data-post]"))) return post(found);
    if ((found = at("[data-reply]"))) return reply(found.closest(".message"));
    if ((found = at("[data-edit]"))) return edit(found.closest(".message"));
    if ((found = at("[data-delete]"))) return askToDelete(found.dataset.delete);
    if ((found = at("[data-stop-reply]"))) return stopReply(found.closest("form"));
    if ((found = at("[data-jump]"))) return jump(event, found.dataset.jump);
    if ((found = at("[data-down]"))) return toEnd($("[data-scroll]", found.parentElement), true);
    if ((found = at("[data-side]"))) return side(found.dataset.side === "open");
    if (at("[data-theme-toggle]")) return toggleTheme();
    if (at("[data-close-thread]")) {
      event.preventDefault();
      return closeThread();
    }
    if ((found = at(".suggestion"))) return accept(found.closest("form"), found);
    if (at(".main .to-thread, .channels a")) side(false);
  });

  async function post(button) {
    button.disabled = true;
    button.closest("details")?.removeAttribute("open");
    const { code = "", action = "" } = button.dataset;
    await send(button.dataset.post, values(code ? { code } : action ? { action } : {}));
    button.disabled = false;
    refreshBeside();
  }

  function jump(event, id) {
    event.preventDefault();
    const there = document.getElementById(`m-${id}`) || document.getElementById(`root-${id}`);
    there?.scrollIntoView({ block: "center", behavior: "smooth" });
    there?.classList.remove("pointed");
    requestAnimationFrame(() => there?.classList.add("pointed"));
  }

  function side(open) {
    body.classList.toggle("side-open", open);
    if (open) $("#side a, #side button").focus();
    else if (document.activeElement?.closest("#side")) $("[data-side=open]").focus();
  }

  function toggleTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || dialog.open) return;
    const open = $("details.more[open]");
    if (open) {
      open.open = false;
      return $("summary", open).focus();
    }
    if (body.classList.contains("side-open")) return side(false);
    const replying = $("[data-replying]:not([hidden])");
    if (replying) return stopReply(replying.closest("form"));
    if (document.activeElement?.closest("#thread")) closeThread();
  });

  // ------------------------------------------------------------ editing one's own message

  function edit(item) {
    const text = $(".text", item), before = [...text.childNodes];
    item.classList.add("editing");
    item.querySelector("details.more").open = false;
    const form = document.createElement("form");
    form.className = "edit";
    const box = Object.assign(document.createElement("textarea"), { value: item.dataset.raw });
    box.setAttribute("aria-label", words.edit);
    const notice = Object.assign(document.createElement("p"), { className: "notice", hidden: true });
    notice.dataset.notice = "";
    const cancel = Object.assign(document.createElement("button"), { type: "button", className: "secondary", textContent: words.cancel });
    form.append(box, notice, cancel, Object.assign(document.createElement("button"), { className: "primary", textContent: words.save }));
    text.replaceChildren(form);
    grow(box);
    box.focus();
    const stop = () => {
      item.classList.remove("editing");
      text.replaceChildren(...before);
    };
    cancel.addEventListener("click", stop);
    box.addEventListener("input", () => grow(box));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        stop();
      } else if (sends(event)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      // The new version comes by the stream, perhaps before the answer to this request.
      item.classList.remove("editing");
      if (await send(`/m/${item.dataset.id}/edit`, values({ text: box.value }), sayIn(form))) {
        if (form.isConnected) stop();
      } else {
        item.classList.add("editing");
      }
    });
  }

  // ------------------------------------------------------------ the composer

  const sends = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing;
  const draftOf = (form) => `draft:${body.dataset.me}:${form.dataset.composer}`;

  function grow(box) {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, innerHeight * 0.4)}px`;
  }

  function readyComposers() {
    for (const form of $$("[data-composer]:not([data-ready])")) {
      form.dataset.ready = "yes";
      const box = $("textarea", form);
      box.value = sessionStorage.getItem(draftOf(form)) || "";
      grow(box);
    }
  }

  function reply(item) {
    const form = $("[data-composer]", panelOf(item));
    form.elements.reply_to.value = item.dataset.id;
    const bar = $("[data-replying]", form);
    $("span", bar).textContent = words.replying.replace("{name}", item.dataset.name);
    bar.hidden = false;
    $("textarea", form).focus();
  }

  function stopReply(form) {
    form.elements.reply_to.value = "";
    $("[data-replying]", form).hidden = true;
    $("textarea", form).focus();
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-composer]")) return;
    event.preventDefault();
    const box = $("textarea", form), sent = box.value;
    if (!sent.trim() || form.dataset.sending) return;
    form.dataset.sending = "yes";
    form.dataset.nonce ||= nonce();
    sayIn(form)("");
    closeSuggestions(form);
    const typed = new FormData(form);
    typed.set("nonce", form.dataset.nonce);
    const answer = await send(form.action, typed, sayIn(form));
    delete form.dataset.sending;
    if (!answer) return box.focus();
    delete form.dataset.nonce;
    if (box.value === sent) box.value = "";
    keep(form);
    grow(box);
    if (form.elements.reply_to.value) stopReply(form);
    // Who went on elsewhere meanwhile is left there.
    const there = document.activeElement;
    if (!answer.dialog && (!there || there === body || form.contains(there))) box.focus();
  });

  function keep(form) {
    const text = $("textarea", form).value;
    if (text) sessionStorage.setItem(draftOf(form), text);
    else sessionStorage.removeItem(draftOf(form));
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("[data-composer]");
    if (!form) return;
    // A changed text is a new sending.
    delete form.dataset.nonce;
    grow(event.target);
    keep(form);
    suggest(form);
  });

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-composer]");
    if (!form || event.target.tagName !== "TEXTAREA") return;
    const list = $("[data-suggestions]", form), open = !list.hidden;
    const chosen = $(".suggestion.chosen", list);
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      return choose(form, event.key === "ArrowDown" ? 1 : -1);
    }
    if (open && event.key === "Escape") {
      event.preventDefault();
      return closeSuggestions(form);
    }
    if (open && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      return accept(form, chosen || $(".suggestion", list));
    }
    if (!sends(event)) return;
    event.preventDefault();
    if (open && chosen && chosen.dataset.insert.trim() !== event.target.value.trim()) return accept(form, chosen);
    form.requestSubmit();
  });

  // ------------------------------------------------------------ suggestions

  let asked = null;

  async function suggest(form) {
    const box = $("textarea", form), text = box.value;
    asked?.abort();
    if (/^\/[a-z-]*/i.test(text) && !text.includes("\n") && box.selectionEnd === text.length) {
      const asking = (asked = new AbortController());
      try {
        const address = `/c/${body.dataset.channel}/complete?text=${encodeURIComponent(text)}`;
        const response = await fetch(address, { signal: asking.signal });
        if (response.ok) show(form, await response.json(), !/\s$/.test(text));
      } catch {
        if (!asking.signal.aborted) closeSuggestions(form);
      }
      return;
    }
    const mention = text.slice(0, box.selectionEnd).match(/(?:^|\s)@(\p{L}*)$/u);
    if (!mention) return closeSuggestions(form);
    const begun = mention[1].toLowerCase();
    const names = $$("[data-person]").map((one) => one.dataset.person).filter((name) => name.toLowerCase().startsWith(begun));
    const before = text.slice(0, box.selectionEnd - mention[1].length), after = text.slice(box.selectionEnd);
    show(form, { head: words.people, items: names.slice(0, 8).map((name) => ({ insert: `${before}${name} ${after}`, title: `@${name}`, help: "", note: "" })) }, true);
  }

  function show(form, { head, items }, chooseFirst) {
    const list = $("[data-suggestions]", form), box = $("textarea", form);
    list.replaceChildren();
    if (!items.length && !head) return closeSuggestions(form);
    list.append(Object.assign(document.createElement("p"), { className: "suggestions-head", textContent: head }));
    items.forEach((item, number) => {
      const line = Object.assign(document.createElement("div"), { className: "suggestion", id: `${list.id}-${number}` });
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      line.dataset.insert = item.insert;
      line.append(Object.assign(document.createElement("b"), { textContent: item.title }), Object.assign(document.createElement("span"), { textContent: item.help }));
      if (item.note) line.append(Object.assign(document.createElement("small"), { className: "tag", textContent: item.note }));
      list.append(line);
    });
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    if (chooseFirst && items.length) choose(form, 1);
  }

  function choose(form, step) {
    const all = $$(".suggestion", form), box = $("textarea", form);
    if (!all.length) return;
    const at = all.findIndex((one) => one.classList.contains("chosen"));
    const next = all[(at + step + all.length) % all.length] || all[0];
    for (const one of all) {
      one.classList.toggle("chosen", one === next);
      one.setAttribute("aria-selected", String(one === next));
    }
    box.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }

  function accept(form, line) {
    if (!line) return closeSuggestions(form);
    const box = $("textarea", form);
    box.value = line.dataset.insert;
    box.focus();
    closeSuggestions(form);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function closeSuggestions(form) {
    asked?.abort();
    const list = $("[data-suggestions]", form), box = $("textarea", form);
    list.hidden = true;
    list.replaceChildren();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  // ------------------------------------------------------------ start

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && zone !== body.dataset.myZone) send("/zone", values({ zone }), () => {});
  readyComposers();
  for (const area of $$("[data-scroll]")) {
    sizes.observe(area);
    toEnd(area);
  }
  const opened = $("[data-thread]");
  if (opened) opened.dataset.ready = "yes";
  if (matchMedia("(hover: hover)").matches) $(opened ? "#thread textarea" : ".main textarea").focus({ preventScroll: true });
  listen();
})();
