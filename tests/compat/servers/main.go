// SPDX-License-Identifier: Apache-2.0
// main DIRECTORY BACKEND [TOMCAT-PORT]: what people write with Go's net/http. Prints "NAME PORT" for
// each, "ready", and ends with its standard input.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

func serve(name string, handler http.Handler) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(name, listener.Addr().(*net.TCPAddr).Port)
	go http.Serve(listener, handler)
}

func main() {
	directory := os.Args[1]
	backend := &cgi.Handler{Path: os.Args[2], Root: "/", Env: []string{
		"GIT_PROJECT_ROOT=" + directory, "GIT_HTTP_EXPORT_ALL=1"}}

	mux := http.NewServeMux() // cleans paths
	mux.Handle("/", http.FileServer(http.Dir(directory)))
	serve("go-files", mux)
	serve("go-backend", backend)
	serve("go-join", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(directory, r.URL.Path))
	}))
	serve("go-open", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, err := url.PathUnescape(r.URL.Path) // once more
		file, err2 := os.Open(directory + path)
		if err != nil || err2 != nil {
			http.NotFound(w, r)
			return
		}
		defer file.Close()
		io.Copy(w, file)
	}))
	if len(os.Args) > 3 {
		tomcat, _ := url.Parse("http://127.0.0.1:" + os.Args[3])
		proxy := httputil.NewSingleHostReverseProxy(tomcat)
		serve("go-tomcat", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/scm/team/") {
				http.NotFound(w, r)
				return
			}
			proxy.ServeHTTP(w, r)
		}))
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}
