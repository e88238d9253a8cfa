package hub

import (
	"context"
	"net/http"
	"time"

	"casehub/hub/dashboard"
	hublocale "casehub/hub/locale"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/internal/web"
)

// newHTTP returns the server of the pages.
func (h *Hub) newHTTP() (*http.Server, error) {
	catalog, err := locale.Load(web.Locale(), hublocale.FS)
	if err != nil {
		return nil, err
	}
	site := web.NewSite(web.Options{
		Name: "casehub", Catalog: catalog, Nav: dashboard.Nav(), Log: h.log, Zone: h.config.zone,
		Hosts: h.config.pageHosts(), Synthetic: h.config.Synthetic,
	})
	dashboard.New(site, h.stats, codelist.National(), h.config.Currency, h.now)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h.metrics.handler())
	mux.HandleFunc("GET /healthz", h.health)
	mux.Handle("/", site)
	return &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}, nil
}

// health answers GET /healthz: 200 while the database and the broker answer,
// else 503.
func (h *Hub) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !h.link.Connected() || h.database.pool.Ping(ctx) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("not well\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}
