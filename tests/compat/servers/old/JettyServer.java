// SPDX-License-Identifier: Apache-2.0
// Jetty 9.4.

import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jgit.http.server.GitServlet;

class JettyServer {
    static void start(String directory, String name, boolean lax) throws Exception {
        Server server = new Server();
        HttpConnectionFactory http = new HttpConnectionFactory(
            new HttpConfiguration(), lax ? HttpCompliance.LEGACY : HttpCompliance.RFC7230);
        ServerConnector connector = new ServerConnector(server, http);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletHolder servlet = new ServletHolder(new GitServlet());
        servlet.setInitParameter("base-path", directory + "/scm");
        servlet.setInitParameter("export-all", "true");
        ServletContextHandler context = new ServletContextHandler();
        context.setContextPath("/");
        context.addServlet(servlet, "/scm/*");
        server.setHandler(context);
        server.start();
        System.out.println(name + " " + connector.getLocalPort());
    }
}
