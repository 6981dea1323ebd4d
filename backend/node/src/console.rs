//! The Lab's console: this host's own services for one person of its own, who types by hand. The
//! same roles, limits and counts as behind the listeners; only the login lets in nobody else, and
//! no message leaves this host. Opens no connection.

use crate::{Node, Service};
use mua::console::OwnHost;
use store::Account;
use world::{BoxFuture, Connection};

impl OwnHost for Node {
    fn serve(
        &self,
        service: Service,
        connection: Connection,
        account: Account,
    ) -> BoxFuture<'static, ()> {
        let node = self.clone();
        Box::pin(async move {
            match node.place(service, &connection) {
                Some(place) => {
                    node.serve_person(service, connection, account).await;
                    drop(place);
                }
                None => node.turn_away(service, connection).await,
            }
        })
    }
}

impl Node {
    async fn serve_person(&self, service: Service, connection: Connection, account: Account) {
        let connection = if service.implicit_tls() {
            match self.handshake(service, connection).await {
                Some(connection) => connection,
                None => return,
            }
        } else {
            connection
        };
        let (closing, logins) = (self.closing(), self.0.logins.restricted_to(account.id));
        match service {
            Service::Smtp => {
                self.0
                    .inbound
                    .serve_person(connection, closing, account)
                    .await
            }
            Service::Submission | Service::Submissions => {
                self.0
                    .msa
                    .at_console(logins)
                    .serve(connection, closing)
                    .await
            }
            Service::Imap | Service::Imaps => {
                let imap = self.0.imap.with_logins(logins);
                imap.serve(connection, self.0.imap_speaks.clone(), closing)
                    .await;
            }
            Service::Pop3 | Service::Pop3s => {
                self.0
                    .pop3
                    .with_logins(logins)
                    .serve(connection, closing)
                    .await
            }
        }
    }
}
