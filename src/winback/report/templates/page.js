(function () {
  "use strict";
  var form = document.getElementById("filters");
  if (form) {
    var rows = Array.prototype.slice.call(document.querySelectorAll("#customers > li"));
    var decision = document.getElementById("f-decision");
    var manager = document.getElementById("f-manager");
    var search = document.getElementById("f-search");
    var count = document.getElementById("f-count");
    var none = document.getElementById("f-none");
    var apply = function () {
      var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      var shown = 0;
      rows.forEach(function (row) {
        var data = row.dataset;
        var fits = (!decision.value || data.decision === decision.value) &&
          (!manager || !manager.value || data.manager === manager.value) &&
          words.every(function (word) { return data.search.indexOf(word) >= 0; });
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      count.textContent = shown + " " + count.dataset.of + " " + rows.length;
      none.hidden = shown > 0;
    };
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    apply();
  }
  // On paper nothing can be opened, so everything is.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (part) { part.open = true; });
  });
})();
