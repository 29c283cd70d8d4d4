// SPDX-License-Identifier: Apache-2.0
// Servers DIRECTORY SUFFIX: JGit's servlet for the repositories in DIRECTORY below /scm, on Tomcat and
// on Jetty, each twice: as it comes, and as lax as it can be set. Prints "NAME PORT" for each, "ready",
// and ends with its standard input. The same source is compiled for javax and for jakarta servlets;
// only Jetty's packages differ (JettyServer.java).

import java.io.File;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jgit.http.server.GitServlet;

public class Servers {
    static Connector connector(Tomcat tomcat) {
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        tomcat.getService().addConnector(connector);
        return connector;
    }

    static void tomcat(String directory, String suffix) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(new File(directory, "../tomcat" + suffix).getPath());
        Connector plain = connector(tomcat), lax = connector(tomcat);
        lax.setProperty("allowBackslash", "true");
        lax.setProperty("encodedSolidusHandling", "decode");
        lax.setProperty("relaxedPathChars", "\"<>[\\]^`{|}");
        Context context = tomcat.addContext("", null);
        Wrapper servlet = Tomcat.addServlet(context, "git", new GitServlet());
        servlet.addInitParameter("base-path", directory + "/scm");
        servlet.addInitParameter("export-all", "true");
        context.addServletMappingDecoded("/scm/*", "git");
        tomcat.start();
        System.out.println("tomcat" + suffix + " " + plain.getLocalPort());
        System.out.println("tomcat" + suffix + "-lax " + lax.getLocalPort());
    }

    public static void main(String[] args) throws Exception {
        Logger.getLogger("").setLevel(Level.SEVERE);
        tomcat(args[0], args[1]);
        JettyServer.start(args[0], "jetty" + args[1], false);
        JettyServer.start(args[0], "jetty" + args[1] + "-lax", true);
        System.out.println("ready");
        System.out.flush();
        while (System.in.read() >= 0) {
        }
        System.exit(0);
    }
}
