// SPDX-License-Identifier: Apache-2.0
// Jetty 12.

import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jgit.http.server.GitServlet;

class JettyServer {
    static void start(String directory, String name, boolean lax) throws Exception {
        Server server = new Server();
        HttpConfiguration http = new HttpConfiguration();
        if (lax) http.setUriCompliance(UriCompliance.UNSAFE);
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletHolder servlet = new ServletHolder(new GitServlet());
        servlet.setInitParameter("base-path", directory + "/scm");
        servlet.setInitParameter("export-all", "true");
        ServletContextHandler context = new ServletContextHandler("/");
        context.getServletHandler().setDecodeAmbiguousURIs(lax);
        context.addServlet(servlet, "/scm/*");
        server.setHandler(context);
        server.start();
        System.out.println(name + " " + connector.getLocalPort());
    }
}
